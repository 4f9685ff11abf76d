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
    .description('delete a stage; recordings, rows and queues are kept unless you say --with-data')
    .option('--yes', 'do not ask')
    .option('--with-data', 'also delete the bucket with every recording, the table and the queues')
    .option('--confirm <stage>', "the stage's name again, where there is no terminal to ask at")
    .action(run<Options>(destroyStage));

async function destroyStage(context: Context, options: Options): Promise<number> {
  const { output, runtime } = context;
  const stage = stageNeeded('destroy', context);
  const withData = options.withData === true;
  checkQuestions(context, stage, options);

  const account = await findAccount(runtime);
  const cloud = stageStack(context, account, stage);
  const { deployed, data } = await findData(cloud.stack);
  const where = `account ${account.id}, ${account.region}`;
  if (!deployed && !(withData && data.length > 0)) throw noStack(context, `${cloud.stack} in ${where}`, data);
  showPlan(context, { stack: cloud.stack, where, deployed, data, withData });
  if (withData) await askForName(context, stage, options);
  else if (!options.yes && !(await confirm(runtime, `Delete ${cloud.stack}?`))) throw nothing();

  if (deployed) {
    await cloud.synth();
    await cloud.destroy();
    output.line(`${output.paint('green', '✓')} ${cloud.stack} is deleted`);
  }
  if (withData) await deleteAll(context, data);
  output.line(secretsLine(stage));
  output.result({ stage, stack: cloud.stack, [withData ? 'deleted' : 'kept']: data });
  return 0;
}

/** Without a terminal nobody can answer a question. */
const checkQuestions = ({ output: { person } }: Context, stage: string, { yes, withData, confirm }: Options): void => {
  if (person) return;
  if (!yes) throw new Misuse('destroy asks first, and there is no terminal to ask at: add --yes');
  if (withData && confirm === undefined)
    throw new Misuse(
      `--with-data asks for the stage's name, and there is no terminal to ask at: add --confirm ${stage}`,
    );
};

const noStack = (context: Context, stack: string, data: readonly Data[]): Failure => {
  listData(context, data);
  const left = data.length > 0 ? ' Its data, listed above, is still there: --with-data deletes the data.' : '';
  return new Failure(`there is no stack ${stack}.${left}`, 'no_stack');
};

interface Plan {
  stack: string;
  where: string;
  deployed: boolean;
  data: readonly Data[];
  withData: boolean;
}

const showPlan = (context: Context, { stack, where, deployed, data, withData }: Plan): void => {
  const { output } = context;
  output.line(
    deployed
      ? `This deletes ${stack} in ${where}: the API, the functions, the alarms.`
      : `${stack} is deleted already.`,
  );
  if (data.length > 0)
    output.line(
      withData
        ? 'This also deletes these, with everything in them, for good:'
        : 'These are kept, with everything in them:',
    );
  listData(context, data);
};

const listData = ({ output }: Context, data: readonly Data[]): void =>
  output.table(data.map(({ kind, id }) => [' ', kind, id]));

const nothing = () => new Failure('nothing was deleted', 'declined');

const askForName = async ({ runtime }: Context, stage: string, { confirm: given }: Options): Promise<void> => {
  const typed = given ?? (await ask(runtime, `This cannot be undone. Type the name of the stage (${stage}): `));
  if (typed !== stage) throw nothing();
};

const deleteAll = async ({ output }: Context, data: readonly Data[]): Promise<void> => {
  for (const each of data) {
    output.progress(`deleting ${each.kind} ${each.id} …`);
    await deleteData(each);
    output.line(`${output.paint('green', '✓')} ${each.kind} ${each.id} is deleted`);
  }
};

const secretsLine = (stage: string): string =>
  `The secrets of the stage stay in SSM, under /aftercall/${stage}/: they are not part of the stack.`;
