import { Command } from 'commander';
import type { Bridge } from '../functions/config.ts';
import { objectsOf } from '../functions/core/model/bucket.ts';
import { missingSecrets } from '../functions/core/source/missing-secrets.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../functions/deployment.ts';
import { chatId } from './base/arguments.ts';
import type { Subcommand } from './base/context.ts';
import { pageOf } from './base/needed-secrets.ts';

export const hooks: Subcommand = (run) =>
  new Command('hooks')
    .description('show the URL to paste at each vendor')
    .option('--chat <id>', 'the chat that the memos of these hooks go to', chatId)
    .option('--source <source>', 'only of this source')
    .action(
      run<{ chat?: string; source?: string }>(async ({ output, runtime, target: find }, { chat, source: only }) => {
        const [target, bridge] = [await find(), await runtime.loadBridge()];
        const { sources, routes } = bridge;
        const query = chat ? `?chat=${chat}` : routes.length > 0 ? '' : '?chat=<chat id>';
        const found = await Promise.all(
          Object.entries(sources)
            .filter(([name]) => only === undefined || name === only)
            .map(async ([name, { kind, secrets, classifyObject }]) => {
              if (classifyObject) return bucketsFor(bridge, target.stage, name, pageOf(kind));
              const missing = await missingSecrets(secrets, target.secrets);
              const url = `${target.publicUrl}/hooks/${name}${query}`;
              return { source: name, on: missing.length === 0, url, missing, page: pageOf(kind) };
            }),
        );
        output.result({ hooks: found });
        for (const { source, url, page } of found.filter(({ on }) => on)) {
          output.line(`${output.paint('green', source.padEnd(18))}${url}`);
          output.line(`${' '.repeat(18)}${output.paint('dim', page)}`);
        }
        for (const { source, missing, page } of found.filter(({ on }) => !on))
          output.line(output.paint('dim', `${source.padEnd(18)}off, until ${missing.join(', ')} is set; ${page}`));
        if (!found.some(({ on }) => on)) output.line('no source is on');
        if (!chat && routes.length === 0)
          output.line(
            "\nnpx aftercall chats --phone +1… finds a chat's id. With routes in bridge.config.ts no ?chat= is needed",
          );
        return 0;
      }),
    );

/** For a source without a hook: where its recordings go, in place of a URL. */
const bucketsFor = (bridge: Bridge, stage: string | undefined, source: string, page: string) => {
  const url = sourceBucketsOf(bridge, stage ?? LOCAL_STAGE, source)
    .map(objectsOf)
    .join(' ');
  return { source, on: url !== '', url, missing: url === '' ? ['source in an entry of buckets'] : [], page };
};
