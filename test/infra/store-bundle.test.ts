import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { s3AudioStore } from '../../functions/adapters/audio-store.s3.ts';
import { documentClient } from '../../functions/adapters/aws.dynamodb.ts';
import { s3Client } from '../../functions/adapters/aws.s3.ts';
import { sqsClient } from '../../functions/adapters/aws.ts';
import { dynamodbLedger } from '../../functions/adapters/ledger.dynamodb.ts';
import { sqsRecordingsQueue } from '../../functions/adapters/queues.sqs.ts';
import { memoId } from '../../functions/core/model/memo.ts';
import { writeFiles } from '../../infra/bundle.ts';
import { startBridge } from '../../local/bridge/bridge.ts';
import { startPoller } from '../../local/bridge/poller.ts';
import { startCloud } from '../../local/cloud/cloud.ts';
import { urlOf } from '../../local/cloud/cloud-file.ts';
import { BUCKET, QUEUES, queueUrl, REGION, TABLE } from '../../local/cloud/resources.ts';
import { readSettings } from '../../local/settings.ts';
import { CHAT } from '../fakes/examples.ts';
import { bundleOf } from './bundle.ts';

// The function and the audio engine's thread are two files of one asset. Only a test of the asset shows that each finds
// the other.

test('the bundle of store makes a µ-law recording fit, in the threads of its own asset', {
  timeout: 180_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aftercall-bundle-'));
  writeFiles(bundleOf('store').files, folder);
  const { cloud, stopAll } = await startCloud(join(folder, 'data'));
  await startBridge(readSettings({}), cloud, []); // sets the environment variables, as the stack does
  const { handler } = await import(pathToFileURL(join(folder, 'index.mjs')).href);

  const sqs = sqsClient();
  const url = queueUrl(urlOf(cloud, 'sqs'), QUEUES.recordings);
  const queueArn = `arn:aws:sqs:${REGION}:000000000000:${QUEUES.recordings}`;
  const poller = startPoller({ client: sqs, queueUrl: url, queueArn, handler, concurrency: 1 });
  onTestFinished(async () => {
    await poller.stop();
    await stopAll();
    rmSync(folder, { recursive: true, force: true });
  });

  const key = 'inbox/the-call';
  const recording = { source: 'api', id: 'r1', media: { kind: 'inbox' as const, key } };
  const mulaw = readFileSync(new URL('../fixtures/audio/calls/mulaw-8k-stereo.wav', import.meta.url));
  await s3AudioStore(s3Client(), { bucket: BUCKET }).put(key, mulaw, mulaw.length);
  const receivedAt = new Date().toISOString();
  await sqsRecordingsQueue(sqs, { url }).send([{ v: 1, recording, target: { chat: CHAT }, receivedAt }]);

  const ledger = dynamodbLedger(documentClient(), { table: TABLE, clock: { nowMs: Date.now } });
  await vi.waitFor(
    async () =>
      expect(await ledger.get(memoId(recording, { chat: CHAT }))).toMatchObject({
        state: 'stored',
        original: { codec: 'ulaw', channels: 2, seconds: 2 },
        fitting: { done: 'converted', engine: 'built-in' },
        audio: { type: 'audio/mpeg', codec: 'mp3' },
      }),
    { timeout: 120_000, interval: 50 },
  );
});
