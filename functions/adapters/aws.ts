import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * The SDK's defaults have no time-out. A webhook's sender waits only three seconds at worst (Zoom), so small calls are
 * short.
 */
const small = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
};
/** For bodies of up to 16 MB, which are in memory when the request begins. */
const large = { requestHandler: { connectionTimeout: 2000, requestTimeout: 60_000, throwOnRequestTimeout: true } };

export const sqsClient = (): SQSClient => new SQSClient(small);

export const ssmClient = (): SSMClient => new SSMClient(small);

export const documentClient = (): DynamoDBDocumentClient => DynamoDBDocumentClient.from(new DynamoDBClient(small));

/** Set both checksum options or neither: one alone puts the checksum of an empty body into presigned URLs. */
export const s3Client = (): S3Client =>
  new S3Client({ ...large, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' });
