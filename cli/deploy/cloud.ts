import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { stackNameOf } from '../../infra/stack-name.ts';
import type { Account } from '../base/account.ts';
import { runCdk } from '../base/cdk.ts';
import type { Context } from '../base/context.ts';
import { Failure } from '../base/failure.ts';
import { explainCdk } from './explain.ts';

export type Outputs = Readonly<Record<string, string>>;
const outputsSchema = z.record(z.string(), z.record(z.string(), z.string()));

/** The CDK's steps for one stage. `diff` and `deploy` use the template that `synth` made. */
export const stageStack = (context: Context, account: Account, stage: string) => {
  const stack = stackNameOf(stage);
  const folder = fileURLToPath(new URL(`../../node_modules/.cache/aftercall/deploy/${stage}/`, import.meta.url));
  const outputsFile = `${folder}outputs.json`;
  const run = async (failed: string, args: readonly string[]): Promise<void> => {
    const ran = await runCdk(context, account, args);
    if (ran.code !== 0) throw explainCdk(failed, ran, { account, stage });
  };
  return {
    stack,

    async synth(): Promise<void> {
      rmSync(folder, { recursive: true, force: true });
      const ran = await runCdk(context, account, [
        'synth',
        '--quiet',
        '--strict',
        '--context',
        `stage=${stage}`,
        '--output',
        folder,
      ]);
      if (ran.code === 0) return;
      throw new Failure(
        'the template cannot be made, and nothing was deployed. The message above names the mistake',
        'cdk',
      );
    },

    diff: () => run('the changes cannot be shown', ['diff', stack, '--app', folder]),

    async deploy(): Promise<Outputs> {
      const quietly = ['--require-approval', 'never', '--progress', 'events'];
      await run('the deploy failed', ['deploy', stack, '--app', folder, ...quietly, '--outputs-file', outputsFile]);
      return outputsSchema.parse(JSON.parse(readFileSync(outputsFile, 'utf8')))[stack] ?? {};
    },

    destroy: () => run('the stack was not deleted', ['destroy', stack, '--app', folder, '--force']),
  };
};
