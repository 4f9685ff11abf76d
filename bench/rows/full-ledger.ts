import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCloud, urlOf } from '../../local/cloud/cloud-file.ts';
import { QUEUES, queueUrl, REGION, TABLE } from '../../local/cloud/resources.ts';
import { fillLedger } from '../../test/full-ledger.ts';
import { hostFunction } from '../cost/hosted-function.ts';
import { startProgram } from '../flow/processes.ts';
import { oursAlone, type Row } from './row.ts';

const API_KEY = 'bench-api-key';
const FEW = 10;

/** The page and the sweep with ten rows, and with many: rows that have ended, one a second, the newest now. */
export const fullLedger: Row = async ({ short, rows }) => {
  const few = await measured(FEW, short);
  const many = await measured(short ? 2000 : rows, short);
  return oursAlone({
    pageFew: few.page,
    pageMany: many.page,
    pageFirstMany: many.first,
    sweepFew: few.sweep,
    sweepMany: many.sweep,
  });
};

const measured = async (rows: number, short: boolean) => {
  const data = mkdtempSync(join(tmpdir(), 'aftercall-bench-'));
  const stops: (() => Promise<void>)[] = [];
  try {
    await fillLedger(join(data, 'dynamodb'), rows);
    const cloud = await startProgram('local/cloud/process.ts', [], { AFTERCALL_DATA: data });
    stops.push(() => cloud.stop());
    const { page, first } = await pageTimes(data, short ? 3 : 40, stops);
    return { page, first, sweep: await sweepTimes(data, short ? 2 : 10, stops) };
  } finally {
    for (const stop of stops.toReversed()) await stop();
    rmSync(data, { recursive: true, force: true });
  }
};

/** `first`: the first page of a new process, which reads the figures of three weeks too. */
const pageTimes = async (data: string, looks: number, stops: (() => Promise<void>)[]) => {
  const environment = { PORT: '0', AFTERCALL_DATA: data, AFTERCALL_API_KEY: API_KEY };
  const bridge = await startProgram('local/bridge/process.ts', ['api'], environment);
  stops.push(() => bridge.stop());
  const cookie = await signIn(bridge.url);
  const first = [await timed(bridge.url, cookie)];
  const page: number[] = [];
  for (let look = 0; look < looks; look += 1) page.push(await timed(bridge.url, cookie));
  return { page, first };
};

const timed = async (url: string, cookie: string): Promise<number> => {
  const begun = performance.now();
  const answer = await fetch(`${url}/`, { headers: { cookie } });
  const text = await answer.text();
  if (answer.status !== 200 || !text.includes('id="memos"')) throw new Error(`the page was answered ${answer.status}`);
  return performance.now() - begun;
};

const signIn = async (url: string): Promise<string> => {
  const body = new URLSearchParams({ key: API_KEY });
  const answer = await fetch(`${url}/sign-in`, {
    method: 'POST',
    body,
    headers: { origin: url },
    redirect: 'manual',
  });
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
};

/** The sweep of `tend` in a process of its own. */
const sweepTimes = async (data: string, sweeps: number, stops: (() => Promise<void>)[]): Promise<number[]> => {
  const cloud = readCloud(data);
  if (!cloud) throw new Error(`there is no cloud.json in ${data}`);
  const sqs = urlOf(cloud, 'sqs');
  const tend = await hostFunction('tend', {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_SQS: sqs,
    AWS_ENDPOINT_URL_DYNAMODB: urlOf(cloud, 'dynamodb'),
    RECORDINGS_QUEUE_URL: queueUrl(sqs, QUEUES.recordings),
    RECORDINGS_DLQ_URL: queueUrl(sqs, QUEUES.recordingsDeadLetters),
    MEMOS_QUEUE_URL: queueUrl(sqs, QUEUES.memos),
    MEMOS_DLQ_URL: queueUrl(sqs, QUEUES.memosDeadLetters),
    TABLE,
    RETENTION_DAYS: '30',
  });
  stops.push(() => tend.stop());
  const sweep = async () => (await tend.invoke({ 'detail-type': 'Scheduled Event' })).ms;
  await sweep();
  const times: number[] = [];
  for (let n = 0; n < sweeps; n += 1) times.push(await sweep());
  return times;
};
