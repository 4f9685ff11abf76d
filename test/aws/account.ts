import { SQSClient } from '@aws-sdk/client-sqs';

export type Account = { kind: 'ready'; region: string } | { kind: 'not-run'; reason: string };

/** Whether there is an account to test against, and in which Region. Sends no request to AWS. */
export const findAccount = async (environment: Readonly<Record<string, string | undefined>>): Promise<Account> => {
  if (environment.AFTERCALL_TEST_AWS !== '1')
    return {
      kind: 'not-run',
      reason: 'AFTERCALL_TEST_AWS is not 1. Set it to make queues, buckets and a table in your AWS account',
    };
  const client = new SQSClient({});
  const region = await client.config.region().catch(() => undefined);
  if (!region) return { kind: 'not-run', reason: 'no Region is set. Set AWS_REGION, or choose a profile that has one' };
  try {
    await client.config.credentials();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'not-run', reason: `no AWS credentials were found (${reason})` };
  }
  return { kind: 'ready', region };
};
