import { Failure, sentenceOf } from './failure.ts';
import type { Runtime } from './runtime.ts';

/** The AWS account and region of this shell's credentials. */
export interface Account {
  id: string;
  region: string;
  /** The identity there. */
  arn: string;
}

/** A person waits for the command, so its clients give up soon. */
export const AWS_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 3000, requestTimeout: 15_000, throwOnRequestTimeout: true },
};

/**
 * Asks STS for the identity.
 * @throws Failure `aws` that names what is missing: credentials, a region, or the network
 */
export const findAccount = async ({ environment }: Runtime): Promise<Account> => {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient(AWS_CLIENT);
  try {
    const region = await client.config.region().catch(() => {
      const alone = environment.AWS_DEFAULT_REGION ? ' AWS_DEFAULT_REGION alone is not enough.' : '';
      throw new Failure(`no AWS region is set.${alone} Run: export AWS_REGION=us-east-1`, 'aws');
    });
    const { Account: id = '', Arn: arn = '' } = await client.send(new GetCallerIdentityCommand({}));
    return { id, region, arn };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw awsFailure('your AWS identity cannot be read', error);
  } finally {
    client.destroy();
  }
};

/** The meaning of a failed call to AWS, and the next step. */
export const awsFailure = (what: string, error: unknown): Failure => new Failure(`${what}: ${meaningOf(error)}`, 'aws');

const SIGN_IN =
  'sign in (aws sso login, or aws configure), export AWS_PROFILE=… if you have several profiles, and run the command again';

const meaningOf = (error: unknown): string => {
  // The SDKs' errors; each field may be absent.
  const { name = '', code = '' } = Object(error) as { name?: string; code?: string };
  const said = sentenceOf(error).replace(/\s+/g, ' ');
  if (/multi-factor|MFA/i.test(said)) {
    return `this profile needs an MFA code, which the command cannot enter. Make a session with a code, or ${SIGN_IN}`;
  }
  if (name === 'CredentialsProviderError') return `this shell has no AWS credentials; ${SIGN_IN} (${said})`;
  if (/Expired|TokenRefresh/.test(name) || /expired/i.test(said)) return `the credentials have expired; ${SIGN_IN}`;
  if (/InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|InvalidSignature/.test(name)) {
    return `AWS does not know these credentials (${name}); ${SIGN_IN}`;
  }
  if (/AccessDenied|Unauthorized|Forbidden/.test(name)) {
    return `these AWS credentials lack a permission: ${said}. Use a role that has it, or ask the account's administrator`;
  }
  if (/Throttl|TooManyRequests|RequestLimit/.test(name))
    return 'AWS limits the rate of requests; run the command again in a minute';
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN/.test(`${code} ${said}`) || /Timeout/.test(name)) {
    return `AWS does not answer (${said}): check the network or proxy, and that AWS_REGION is a real region`;
  }
  return said;
};
