import { Failure, sentenceOf } from './failure.ts';
import type { Runtime } from './runtime.ts';

/** The AWS account and region that the credentials of this shell lead to. */
export interface Account {
  id: string;
  region: string;
  /** Who we are there. */
  arn: string;
}

/** Clients of the command wait no longer than a person does. */
export const AWS_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 3000, requestTimeout: 15_000, throwOnRequestTimeout: true },
};

/**
 * Asks STS who we are.
 * @throws Failure `aws` that says what is missing: credentials, a region, or a way to AWS
 */
export const findAccount = async ({ environment }: Runtime): Promise<Account> => {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient(AWS_CLIENT);
  try {
    const region = await client.config.region().catch(() => {
      const alone = environment.AWS_DEFAULT_REGION ? ' AWS_DEFAULT_REGION alone is not read.' : '';
      throw new Failure(`no AWS region is set.${alone} Run: export AWS_REGION=us-east-1`, 'aws');
    });
    const { Account: id = '', Arn: arn = '' } = await client.send(new GetCallerIdentityCommand({}));
    return { id, region, arn };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw awsFailure('AWS does not say who you are', error);
  } finally {
    client.destroy();
  }
};

/** What a failed call to AWS means, and the next step. */
export const awsFailure = (what: string, error: unknown): Failure => new Failure(`${what}: ${meaningOf(error)}`, 'aws');

const SIGN_IN =
  'sign in (aws sso login, or aws configure), export AWS_PROFILE=… where you have several, and run it again';

const meaningOf = (error: unknown): string => {
  // What the SDKs throw; each field may be absent.
  const { name = '', code = '' } = Object(error) as { name?: string; code?: string };
  const said = sentenceOf(error).replace(/\s+/g, ' ');
  if (/multi-factor|MFA/i.test(said)) {
    return `this profile asks for an MFA code, which the command cannot enter. Make a session with one, or ${SIGN_IN}`;
  }
  if (name === 'CredentialsProviderError') return `there are no AWS credentials here; ${SIGN_IN} (${said})`;
  if (/Expired|TokenRefresh/.test(name) || /expired/i.test(said)) return `the credentials have expired; ${SIGN_IN}`;
  if (/InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|InvalidSignature/.test(name)) {
    return `AWS does not know these credentials (${name}); ${SIGN_IN}`;
  }
  if (/AccessDenied|Unauthorized|Forbidden/.test(name)) {
    return `AWS denies it to these credentials: ${said}. Use a role that may, or ask whoever keeps the account`;
  }
  if (/Throttl|TooManyRequests|RequestLimit/.test(name)) return 'AWS asks for patience; run it again in a minute';
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN/.test(`${code} ${said}`) || /Timeout/.test(name)) {
    return `AWS cannot be reached from here (${said}): see to the network or proxy, and that AWS_REGION is a real region`;
  }
  return said;
};
