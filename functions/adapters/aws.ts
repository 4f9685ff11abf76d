import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

// A file for each client, so that a function bundles and loads only the clients that it uses.

/**
 * The SDK's defaults have no time-out. A webhook's sender waits only three seconds at worst (Zoom), so small calls are
 * short.
 */
export const SMALL_CALLS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
};

export const sqsClient = (): SQSClient => new SQSClient(SMALL_CALLS);

export const ssmClient = (): SSMClient => new SSMClient(SMALL_CALLS);
