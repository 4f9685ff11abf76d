import { stackNameOf } from '../../infra/stack-name.ts';
import { AWS_CLIENT, awsFailure } from '../base/account.ts';
import type { Context } from '../base/context.ts';
import { Failure } from '../base/failure.ts';
import { checkedStage } from '../base/stage.ts';
import { resourcesOf } from '../destroy/resources.ts';
import { LEVELS, type LogFilter } from './entry.ts';

const FUNCTIONS = ['receive', 'store', 'send', 'api', 'tend'] as const;

/** Prints the command that reads each function's log group in CloudWatch. CloudFormation knows the names of the groups. */
export const stageLogs = async (
  { output }: Context,
  stage: string,
  options: LogFilter & { follow?: true },
): Promise<number> => {
  const groups = await logGroupsOf(stackNameOf(checkedStage(stage)));
  const commands = groups.map(([name, group]) => ({ function: name, command: tailCommand(group, options) }));
  output.result({ commands });
  output.line(output.paint('dim', 'CloudWatch has a log group for each function. The AWS CLI (version 2) reads it:'));
  for (const { command } of commands) output.line(command);
  return 0;
};

/** `aws logs tail`, with a filter of CloudWatch for JSON lines. */
export const tailCommand = (group: string, { follow, since, ...filter }: LogFilter & { follow?: true }): string => {
  const pattern = patternOf(filter);
  return [
    `aws logs tail ${group} --format short --since ${since ?? '1h'}`,
    ...(follow ? ['--follow'] : []),
    ...(pattern ? [`--filter-pattern '${pattern}'`] : []),
  ].join(' ');
};

const patternOf = ({ memo, source, level }: LogFilter): string => {
  const levels = level === undefined ? [] : LEVELS.slice(LEVELS.indexOf(level));
  const terms = [
    ...(memo === undefined ? [] : [`$.memo = "${plain(memo)}"`]),
    ...(source === undefined ? [] : [`$.source = "${plain(source)}"`]),
    ...(level === undefined ? [] : [`(${levels.map((each) => `$.level = "${each.toUpperCase()}"`).join(' || ')})`]),
  ];
  return terms.length > 0 ? `{ ${terms.join(' && ')} }` : '';
};

/** The text stands in quotes of a shell and of CloudWatch. */
const plain = (text: string): string => {
  if (/^[\w-]+$/.test(text)) return text;
  throw new Failure(`'${text}' is no memo id and no name of a source: letters, digits, - and _`);
};

const logGroupsOf = async (stack: string): Promise<[name: string, group: string][]> => {
  const { CloudFormationClient } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(AWS_CLIENT);
  try {
    const resources = await resourcesOf(client, stack);
    if (!resources) throw new Failure(`${stack} is not there: npm run deploy -- --stage … makes it`);
    const groups = resources.filter(({ ResourceType }) => ResourceType === 'AWS::Logs::LogGroup');
    return FUNCTIONS.flatMap((name) =>
      groups.flatMap(({ PhysicalResourceId: id = '' }): [string, string][] =>
        new RegExp(`${name}Logs`, 'i').test(id) ? [[name, id]] : [],
      ),
    );
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw awsFailure(`CloudFormation cannot be asked about ${stack}`, error);
  } finally {
    client.destroy();
  }
};
