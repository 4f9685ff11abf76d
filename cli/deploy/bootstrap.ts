import { type Account, AWS_CLIENT, awsFailure } from '../base/account.ts';
import { confirm } from '../base/ask.ts';
import { runCdk } from '../base/cdk.ts';
import type { Context } from '../base/context.ts';
import { Failure } from '../base/failure.ts';
import { explainCdk } from './explain.ts';

/** Holds the version of `cdk bootstrap`; the stack's template reads it too. */
const PARAMETER = '/cdk-bootstrap/hnb659fds/version';
const NEEDED_VERSION = 6;

/**
 * Checks that the CDK has its bucket and roles in this account and region, and makes them where the user agrees.
 * @returns the version
 * @throws Failure with the exact command
 */
export const ensureBootstrap = async (context: Context, account: Account, make: boolean): Promise<number> => {
  const version = await readVersion();
  if (version !== undefined && version >= NEEDED_VERSION) return version;
  const where = `aws://${account.id}/${account.region}`;
  const state = version === undefined ? 'has no CDK bootstrap stack yet' : `has a CDK bootstrap of version ${version}`;
  const says = `${where} ${state}, and a deploy needs version ${NEEDED_VERSION} or later`;
  const question = `${says}. The bootstrap is a bucket and five roles, once for each account and region. Make it now?`;
  if (!make && !(context.output.person && (await confirm(context.runtime, question)))) {
    throw new Failure(`${says}: run npx cdk bootstrap ${where}, or this command with --bootstrap`, 'not_bootstrapped');
  }
  const ran = await runCdk(context, account, ['bootstrap', where]);
  if (ran.code !== 0) throw explainCdk('the bootstrap failed', ran, { account });
  const made = await readVersion();
  if (made !== undefined) return made;
  throw new Failure(`cdk bootstrap succeeded, but SSM has no ${PARAMETER} in ${where}`, 'not_bootstrapped');
};

const readVersion = async (): Promise<number | undefined> => {
  const { GetParameterCommand, ParameterNotFound, SSMClient } = await import('@aws-sdk/client-ssm');
  const client = new SSMClient(AWS_CLIENT);
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: PARAMETER }));
    return Number(Parameter?.Value);
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw awsFailure(`${PARAMETER} cannot be read from SSM`, error);
  } finally {
    client.destroy();
  }
};
