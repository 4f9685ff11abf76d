import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Bridge } from '../functions/config.ts';
import { CHAT_ID, canonicalNumber, isE164 } from '../functions/core/model/recording.ts';
import { secretValues } from '../functions/core/source/secret-values.ts';
import { setInEnvFile } from '../local/env-file.ts';
import { ask, askSecret } from './base/ask.ts';
import type { Context, Subcommand } from './base/context.ts';
import { Failure, Misuse } from './base/failure.ts';
import { neededSecret, pageOf } from './base/needed-secrets.ts';

/** Asks for the call system, its secrets, Linq's key and the way of the memos; writes `.env` and a route. */
export const init: Subcommand = (run) =>
  new Command('init').description('set up the bridge on this machine by asking: writes .env and a route').action(
    run(async (context) => {
      const { output, runtime } = context;
      if (!output.person)
        throw new Misuse(
          'init asks questions, and there is no terminal to ask at: write .env by hand (docs/settings.md)',
        );
      const bridge = await runtime.loadBridge();
      const source = await askSource(context, bridge);
      if (source !== undefined) await askSecrets(context, bridge, source);
      await askInto(context, bridge, 'LINQ_API_V3_API_KEY', 'empty: memos go to the sandbox on this machine');
      const route = await askRoute(context, source);
      if (route !== undefined) writeRoute(context, route);
      output.line(
        '\nNow: npm start, and npx aftercall doctor in a second terminal. npx aftercall hooks shows the URL to paste',
      );
      if (source !== undefined)
        output.line(`What to do at the vendor: ${pageOf(bridge.sources[source]?.kind ?? source)}`);
      return 0;
    }),
  );

const askSource = async ({ output, runtime }: Context, { sources }: Bridge): Promise<string | undefined> => {
  output.line(`Call systems: ${Object.keys(sources).join(', ')}`);
  for (;;) {
    const name = await ask(runtime, 'Which one do you use (empty: none yet): ');
    if (name === '') return undefined;
    if (Object.hasOwn(sources, name)) return name;
    output.line(`There is no ${name}: write one of the names above. docs/add-a-source.md shows how to add another`);
  }
};

const askSecrets = async (context: Context, bridge: Bridge, source: string): Promise<void> => {
  const { secrets = [], fetch } = bridge.sources[source] ?? {};
  const names = new Set([...secrets, ...(fetch?.secrets ?? [])].map((ref) => ref.name));
  for (const name of names) await askInto(context, bridge, name, 'empty: set it later');
};

/** Keeps what is set already. A value that cannot be the secret is asked for again. */
const askInto = async (context: Context, bridge: Bridge, name: string, ifEmpty: string): Promise<void> => {
  const { output, runtime, secrets } = context;
  const ref = neededSecret(bridge, name) ?? { name };
  if ((await secrets.read(ref)).length > 0) {
    output.line(`${name} is set already`);
    return;
  }
  for (;;) {
    const value = await askSecret(runtime, `${name} (not shown; ${ifEmpty}): `);
    if (value === '') return;
    output.redact(value);
    const [fault] = secretValues(value, ref).faults;
    if (fault === undefined) return setInEnvFile(runtime.envFile, name, value);
    output.line(`${fault}. Try again`);
  }
};

/** @returns the line for bridge.config.ts */
const askRoute = async ({ output, runtime }: Context, source: string | undefined): Promise<string | undefined> => {
  output.line(
    'Where do memos go? To a chat: write its id. To the other end of each call: write the number of your Linq line.',
  );
  const when = source === undefined ? '{}' : `{ source: '${source}' }`;
  for (;;) {
    const given = await ask(runtime, 'Chat id or line (empty: each hook URL names its chat): ');
    const number = canonicalNumber(given);
    if (given === '') return undefined;
    if (CHAT_ID.test(given)) return `{ when: ${when}, send: { chat: '${given.toLowerCase()}' } },`;
    if (isE164(number))
      return `{ when: ${when}, send: { line: '${number}', handle: 'remote party', create: 'Your call follows as a voice memo.' } },`;
    output.line('That is no chat id (a UUID) and no number in E.164, such as +12025550100');
  }
};

/** Writes the route before the others: the first that matches decides. */
const writeRoute = ({ output, runtime }: Context, route: string): void => {
  const text = readFileSync(runtime.configFile, 'utf8');
  const places = text.match(/^ {2}routes: \[$/gm) ?? [];
  if (text.includes(route)) {
    output.line('bridge.config.ts has this route already');
    return;
  }
  if (places.length !== 1)
    throw new Failure(
      `bridge.config.ts has no line 'routes: [' of its own: write this route into it by hand:\n  ${route}`,
    );
  writeFileSync(
    runtime.configFile,
    text.replace(/^ {2}routes: \[$/m, (line) => `${line}\n    ${route}`),
  );
  output.line(`written to bridge.config.ts: ${route}`);
};
