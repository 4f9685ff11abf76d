import { Command } from 'commander';
import { type Account, findAccount } from './base/account.ts';
import { confirm } from './base/ask.ts';
import type { Context, Subcommand } from './base/context.ts';
import { Failure, Misuse } from './base/failure.ts';
import { howToSet } from './base/needed-secrets.ts';
import type { Output } from './base/output.ts';
import { stageNeeded, takesNoWords } from './base/stage.ts';
import { ensureBootstrap } from './deploy/bootstrap.ts';
import { type Outputs, stageStack } from './deploy/cloud.ts';
import { checkKept } from './deploy/kept.ts';
import { checkDeploySecrets } from './deploy/secrets.ts';
import { diagnose } from './doctor.ts';

interface Options {
  yes?: true;
  bootstrap?: true;
  withoutSecrets?: true;
  anew?: true;
}

export const deploy: Subcommand = (run) =>
  takesNoWords(new Command('deploy'))
    .description('deploy a stage to your AWS account, or update it; shows the changes first, and asks')
    .option('--yes', 'do not ask')
    .option('--bootstrap', "make the CDK's bucket and roles if this account and region have none")
    .option('--without-secrets', "deploy even if Linq's key or the API key is absent")
    .option('--anew', 'begin with an empty table, even if an earlier destroy kept data of this stage')
    .action(run<Options>(deployStage));

async function deployStage(context: Context, options: Options): Promise<number> {
  const { output, runtime } = context;
  const stage = stageNeeded('deploy', context);
  if (!output.person && !options.yes)
    throw new Misuse('deploy asks first, and there is no terminal to ask at: add --yes');
  const bridge = await runtime.loadBridge();

  const account = await findAccount(runtime);
  done(output, 'account', `${account.id}, ${account.region}, as ${account.arn}`);
  done(output, 'bootstrap', `version ${await ensureBootstrap(context, account, options.bootstrap === true)}`);
  const on = await checkDeploySecrets(context, { stage, bridge, known: options.withoutSecrets === true });
  if (!options.anew) await checkKept(output, stage);

  const cloud = stageStack(context, account, stage);
  await cloud.synth();
  done(output, 'template', cloud.stack);
  await cloud.diff();
  if (!options.yes) await askFirst(context, account, cloud.stack);
  const outputs = await cloud.deploy();
  done(output, 'deployed', cloud.stack);

  const hooks = hooksOf(outputs, on);
  await tell(context, stage, outputs, hooks);
  const found = await diagnose(context);
  output.result({ stage, stack: cloud.stack, account: account.id, region: account.region, outputs, hooks, ...found });
  return found.ok ? 0 : 1;
}

const done = (output: Output, what: string, says: string): void =>
  output.line(`${output.paint('green', '✓')} ${what}  ${says}`);

const askFirst = async ({ runtime }: Context, { id, region }: Account, stack: string): Promise<void> => {
  if (await confirm(runtime, `Deploy ${stack} to account ${id}, ${region}?`)) return;
  throw new Failure('nothing was deployed', 'declined');
};

interface Hook {
  source: string;
  url: string;
}

const hooksOf = ({ BaseUrl = '' }: Outputs, on: readonly string[]): Hook[] =>
  on.map((source) => ({ source, url: `${BaseUrl}/hooks/${source}` }));

/** The URLs for the vendors, and the steps that are left. */
const tell = async ({ output, secrets }: Context, stage: string, outputs: Outputs, hooks: readonly Hook[]) => {
  output.line();
  const others = Object.entries(outputs).filter(([name]) => !name.startsWith('HookUrl'));
  output.table(others.map(([name, value]) => [name, value]));
  output.line();
  output.line(
    hooks.length > 0
      ? 'Give each call system its URL:'
      : 'No source is on, so there is no URL to give to a call system yet.',
  );
  output.table(hooks.map(({ source, url }) => [source, url]));
  if ((await secrets.read({ name: 'LINQ_WEBHOOK_SECRET' })).length === 0) {
    output.line(`To receive Linq's receipts and STOP: npx aftercall linq subscribe --stage ${stage}`);
  }
  output.line(output.paint('dim', `To set a secret later, without a deploy: ${howToSet('NAME', stage)}`));
  output.line();
};
