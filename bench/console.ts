import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startBridge } from '../local/bridge.ts';
import { startCloud } from '../local/cloud.ts';
import { urlOf } from '../local/cloud-file.ts';
import { LOCAL_CREDENTIALS } from '../local/emulators/s3.ts';
import { REGION, TABLE } from '../local/resources.ts';
import { readSettings } from '../local/settings.ts';
import { quantile } from './bridge.ts';

// How fast the page shows its memos out of a full ledger: the functions and the embedded DynamoDB in one process.
const ROWS = Number(process.env.ROWS ?? 100_000);
const LOOKS = 15;
/** What DynamoDB takes in one request. */
const BATCH = 25;
const KEY = 'bench-api-key';
const STATES = ['delivered', 'read', 'sent', 'delivered', 'read', 'rejected', 'delivered', 'failed'] as const;
const SOURCES = ['twilio', 'telnyx', 'standard-webhooks', 'zoom-phone'] as const;

const data = mkdtempSync(join(tmpdir(), 'aftercall-bench-'));
Object.assign(process.env, {
  PORT: '0',
  AFTERCALL_DATA: data,
  AFTERCALL_API_KEY: KEY,
  POWERTOOLS_LOG_LEVEL: 'CRITICAL',
});
for (const name of ['PUBLIC_URL', 'LINQ_API_V3_API_KEY', 'LINQ_API_V3_BASE_URL']) delete process.env[name];
const { cloud, stopAll } = await startCloud(data);
const bridge = await startBridge(readSettings(process.env), cloud, ['api']);
try {
  const begun = performance.now();
  await fill(ROWS);
  console.log(`${ROWS.toLocaleString('en')} memos written in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  const cookie = await signIn();
  const paths = [
    '/',
    '/?state=failed',
    '/?source=twilio',
    '/?q=call-77',
    '/?state=failed&source=zoom-phone',
    '/?fragment=1',
  ];
  for (const path of paths) {
    const times: number[] = [];
    for (let look = 0; look < LOOKS; look += 1) {
      const start = performance.now();
      const answer = await fetch(bridge.url + path, { headers: { cookie } });
      const text = await answer.text();
      times.push(performance.now() - start);
      if (answer.status !== 200 || !text.includes('m_')) throw new Error(`${path}: ${answer.status}`);
    }
    const [first = Number.NaN] = times;
    console.log(`${path}: first ${first.toFixed(0)} ms, median ${quantile(times, 0.5).toFixed(0)} ms of ${LOOKS}`);
  }
} finally {
  await bridge.stop();
  await stopAll();
  rmSync(data, { recursive: true, force: true });
}

async function signIn(): Promise<string> {
  const body = new URLSearchParams({ key: KEY });
  const answer = await fetch(`${bridge.url}/sign-in`, {
    method: 'POST',
    body,
    headers: { origin: bridge.url },
    redirect: 'manual',
  });
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

/** Rows as the ledger writes them, a second apart, the newest now. */
async function fill(rows: number) {
  const endpoint = urlOf(cloud, 'dynamodb');
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint, region: REGION, credentials: LOCAL_CREDENTIALS }),
  );
  for (let start = 0; start < rows; start += BATCH) {
    const some = Array.from({ length: Math.min(BATCH, rows - start) }, (_, index) => rowOf(start + index, rows));
    await client.send(
      new BatchWriteCommand({ RequestItems: { [TABLE]: some.map((Item) => ({ PutRequest: { Item } })) } }),
    );
  }
}

function rowOf(n: number, rows: number) {
  const at = new Date(Date.now() - (rows - n) * 1000).toISOString();
  const id = `m_${createHash('sha256')
    .update(String(n))
    .digest('hex')
    .replace(/[0189]/g, 'z')
    .slice(0, 26)}`;
  const state = STATES[n % STATES.length];
  const source = SOURCES[n % SOURCES.length];
  const call = `call-${n}`;
  const history = ['received', 'stored', 'sending', state].map((each) => ({ at, state: each, attempt: 1 }));
  return {
    ...{ pk: id, listed: 'memo', at: `${at}#${id}`, source, call },
    ...{ v: 1, id, state, turn: 0, attempts: 1, cannotFetch: 0, history, createdAt: at, updatedAt: at },
    recording: {
      source,
      id: `rec-${n}`,
      callId: call,
      from: '+14155550101',
      to: '+14155550199',
      media: { kind: 'ask' },
    },
    target: { chat: '550e8400-e29b-41d4-a716-446655440000' },
    audio: {
      ...{ key: `audio/${id}/run/${id}.mp3`, type: 'audio/mpeg', bytes: 95_672, seconds: 24 },
      waveform: Array.from({ length: 200 }, (_, peak) => (peak * 7 + n) % 100),
    },
  };
}
