import { Command } from 'commander';
import { findAccount } from './base/account.ts';
import { ask, confirm } from './base/ask.ts';
import type { Context, Subcommand } from './base/context.ts';
import { Failure, Misuse } from './base/failure.ts';
import { stageNeeded, takesNoWords } from './base/stage.ts';
import { stageStack } from './deploy/cloud.ts';
import { type Data, deleteData } from './destroy/data.ts';
import { findData } from './destroy/resources.ts';

interface Options {
  yes?: true;
  withData?: true;
  confirm?: string;
}

export const destroy: Subcommand = (run) =>
  takesNoWords(new Command('destroy'))
    .description('take a stage down; recordings, rows and queues are kept unless told otherwise')
    .option('--yes', 'do not ask')
    .option('--with-data', 'delete the bucket with every recording, the table and the queues too')
    .option('--confirm <stage>', "the stage's name once more, where nobody can be asked for it")
    .action(run<Options>(destroyStage));

async function destroyStage(context: Context, options: Options): Promise<number> {
  const { output, runtime } = context;
  const stage = stageNeeded('destroy', context);
  const withData = options.withData === true;
  if (!output.person && !options.yes) throw new Misuse('destroy asks at a terminal; elsewhere it takes --yes');
  if (!output.person && withData && options.confirm === undefined) {
    throw new Misuse(`--with-data asks for the stage's name at a terminal; elsewhere it takes --confirm ${stage}`);
  }

  const account = await findAccount(runtime);
  const cloud = stageStack(context, account, stage);
  const { deployed, data } = await findData(cloud.stack);
  const where = `account ${account.id}, ${account.region}`;
  if (!deployed && !(withData && data.length > 0)) {
    const left = data.length > 0 ? ` Its data is there still, listed above; --with-data deletes it.` : '';
    listData(context, data);
    throw new Failure(`there is no stack ${cloud.stack} in ${where}.${left}`, 'no_stack');
  }
  output.line(
    deployed
      ? `${cloud.stack} in ${where} goes: the API, the functions, the alarms.`
      : `${cloud.stack} is gone already.`,
  );
  if (data.length > 0)
    output.line(
      withData ? 'These go too, with everything in them, for good:' : 'These are kept, with everything in them:',
    );
  listData(context, data);
  if (withData) await askForName(context, stage, options);
  else if (!options.yes && !(await confirm(runtime, `Delete ${cloud.stack}?`))) throw nothing();

  if (deployed) {
    await cloud.synth();
    await cloud.destroy();
    output.line(`${output.paint('green', '✓')} ${cloud.stack} is gone`);
  }
  if (withData) await deleteAll(context, data);
  output.line(secretsLine(stage));
  output.result({ stage, stack: cloud.stack, [withData ? 'deleted' : 'kept']: data });
  return 0;
}

const listData = ({ output }: Context, data: readonly Data[]): void =>
  output.table(data.map(({ kind, id }) => [' ', kind, id]));

const nothing = () => new Failure('nothing was deleted', 'declined');

const askForName = async ({ runtime }: Context, stage: string, { confirm: given }: Options): Promise<void> => {
  const typed = given ?? (await ask(runtime, `It cannot be undone. Type the name of the stage (${stage}): `));
  if (typed !== stage) throw nothing();
};

const deleteAll = async ({ output }: Context, data: readonly Data[]): Promise<void> => {
  for (const each of data) {
    output.progress(`deleting ${each.kind} ${each.id} …`);
    await deleteData(each);
    output.line(`${output.paint('green', '✓')} ${each.kind} ${each.id} is gone`);
  }
};

const secretsLine = (stage: string): string =>
  `The secrets of the stage stay in SSM, under /aftercall/${stage}/: they are yours, and no part of the stack.`;
