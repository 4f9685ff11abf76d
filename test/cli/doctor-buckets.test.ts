import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { defineBridge } from '../../functions/config.ts';
import type { RecordingBucket } from '../../functions/core/model/bucket.ts';
import { s3Drop } from '../../functions/sources/s3-drop.ts';
import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { type Parameters, parameterStore } from './parameters.ts';
import { running } from './running.ts';

// What the doctor reports about the buckets of a stage.

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const EVENTS =
  '<NotificationConfiguration><EventBridgeConfiguration></EventBridgeConfiguration></NotificationConfiguration>';
const encryption = (rule: string) =>
  `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>${rule}</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`;
const PLAIN = encryption('<SSEAlgorithm>AES256</SSEAlgorithm>');
const withKey = (key: string) =>
  encryption(`<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>${key}</KMSMasterKeyID>`);

let aws: Parameters;
let s3: ScriptedHttp;
let says: { status: number; notification: string; encryption: string };
beforeAll(async () => {
  aws = await parameterStore();
  aws.stored.set('/aftercall/prod/URL', 'http://127.0.0.1:1');
});
beforeEach(async () => {
  says = { status: 200, notification: EVENTS, encryption: PLAIN };
  s3 = await scriptedHttp(({ url }, response) => {
    if (says.status !== 200) return response.writeHead(says.status).end('<Error><Code>No</Code></Error>');
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(url.includes('?notification') ? says.notification : says.encryption);
  });
  vi.stubEnv('AWS_ENDPOINT_URL_S3', s3.origin);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await s3.stop();
});
afterAll(() => aws.server.stop());

const look = async (over: Partial<RecordingBucket> = {}) => {
  const buckets = [{ name: 'acme-calls', prefix: 'calls/', ...over }];
  const bridge = async () => defineBridge({ sources: { drop: s3Drop() }, routes: [], buckets });
  const { json } = await running(['doctor', '--json', '--stage', 'prod'], { bridge });
  const all = json.checks as { area: string; what: string; state: string; says: string; fix?: string }[];
  return all.filter(({ area }) => area === 'buckets');
};

test('a bucket that sends its events and that store may read is well', async () => {
  expect(await look({ source: 'drop' })).toEqual([
    {
      area: 'buckets',
      what: 's3://acme-calls/calls/',
      state: 'ok',
      says: 'is there, and sends its events to EventBridge',
    },
  ]);
});

test('a bucket of a source without events is a fault with its fix; of a system with webhooks it needs none', async () => {
  says.notification = '<NotificationConfiguration/>';
  expect(await look({ source: 'drop' })).toMatchObject([
    { state: 'fault', says: expect.stringContaining('no new object'), fix: expect.stringContaining('EventBridge') },
  ]);
  expect(await look()).toMatchObject([{ state: 'ok', says: 'is there' }]);
});

test('a key that store may not use is a fault that names the key; the named key is well, by its id too', async () => {
  says.encryption = withKey(KEY);
  expect(await look()).toMatchObject([
    { state: 'fault', says: expect.stringContaining(KEY), fix: expect.stringContaining('kmsKeyArn') },
  ]);
  expect(await look({ kmsKeyArn: KEY })).toMatchObject([{ state: 'ok' }]);
  says.encryption = withKey(KEY.split('/')[1] ?? '');
  expect(await look({ kmsKeyArn: KEY })).toMatchObject([{ state: 'ok' }]);
});

test.each([
  [404, 'fault', 'there is no bucket acme-calls'],
  [403, 'warning', 'cannot be checked: these AWS credentials lack the permission'],
])('a bucket that answers %i is a %s', async (status, state, text) => {
  says.status = status;
  expect(await look({ source: 'drop' })).toMatchObject([{ state, says: text, fix: expect.any(String) }]);
});
