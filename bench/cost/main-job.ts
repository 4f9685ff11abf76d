import { readFileSync } from 'node:fs';
import type { FunctionName } from '../../infra/secrets.ts';
import { QUEUES } from '../../local/cloud/resources.ts';
import { wav } from '../../test/world.ts';
import { receiptEvent, webhookEvent } from './events.ts';
import { type MeasuredStep, metricsIn, named, perMemo, type Step, stepOf } from './measured-step.ts';
import { type MeasuredInvocation, startMeasuredWorld } from './measured-world.ts';

export interface Measured {
  /** From the webhook to `read`, in order. */
  job: MeasuredStep[];
  /** The sweep that ends the memo's retention, and what follows from it. */
  expiry: MeasuredStep[];
  /** A sweep that finds nothing to do. */
  idleSweep: MeasuredStep;
  /** Seconds of sound that `store` makes an MP3 of in a second of processor time. */
  secondsConvertedPerCpuSecond: number;
  /** Rows of one memo: while its details are kept, and what is left of it. Entries of indexes apart. */
  rows: { count: number; bytes: number; indexEntries: number; indexBytes: number; tombstoneBytes: number };
  /** Name and dimensions of each custom metric that the job has counted. */
  metrics: string[];
}

const RUNS = 15;
const KEEP_DAYS = 31;
const CONVERTED_SECONDS = 660;
const sample = readFileSync(new URL('../../local/sample/call.mp3', import.meta.url));

/**
 * Plays the main job, each function in a process of its own, and counts.
 * @throws Error where two runs of the job do not ask AWS for the same
 */
export const measureMainJob = async ({ runs = RUNS, conversion = true } = {}): Promise<Measured> => {
  let recording: Uint8Array = sample;
  const world = await startMeasuredWorld(() => recording);
  const stops: (() => Promise<void>)[] = [];
  const hostOf = async (name: FunctionName, shiftDays?: number) => {
    const host = await world.host(name, shiftDays);
    stops.unshift(() => host.stop());
    return host;
  };
  try {
    const [receive, store, send, api, tend] = [
      await hostOf('receive'),
      await hostOf('store'),
      await hostOf('send'),
      await hostOf('api'),
      await hostOf('tend'),
    ];

    const play = async (): Promise<{ memo: string; steps: Step[] }> => {
      const received = await receive.invoke(webhookEvent(world.mediaUrl, world.secrets.STANDARD_WEBHOOKS_SECRET));
      const [memo = ''] = okOf(received).memos ?? [];
      const stored = await world.consume(QUEUES.recordings, store.invoke);
      const sent = await world.consume(QUEUES.memos, send.invoke);
      const { id = '', filename = '', chat = '' } = world.linq.sent.at(-1) ?? {};
      if (!filename.startsWith(memo)) throw new Error(`Linq was sent ${filename} in place of ${memo}`);
      const receipts: Step[] = [];
      for (const event of ['message.sent', 'message.delivered', 'message.read']) {
        const told = await api.invoke(receiptEvent(event, { id, filename, chat }, world.secrets.LINQ_WEBHOOK_SECRET));
        okOf(told);
        receipts.push({ name: event, function: 'api', ...told });
      }
      return {
        memo,
        steps: [
          { name: 'webhook', function: 'receive', ...received },
          { name: 'recording', function: 'store', ...stored },
          { name: 'memo', function: 'send', ...sent },
          ...receipts,
        ],
      };
    };

    const cold = await play();
    const warm: Awaited<ReturnType<typeof play>>[] = [];
    for (let run = 0; run < runs; run += 1) warm.push(await play());
    const job = cold.steps.map((first, index) =>
      stepOf(
        first,
        warm.map(({ steps }) => steps[index] as Step),
      ),
    ); // of one shape

    const tick = { 'detail-type': 'Scheduled Event' };
    const idle = [await tend.invoke(tick), await tend.invoke(tick), await tend.invoke(tick)];
    const idleSweep = stepOf(
      named('sweep', 'tend', idle[0]),
      idle.slice(1).map((each) => named('sweep', 'tend', each)),
    );

    const before = await world.rowsWith(cold.memo);
    const total = warm.length + 1;
    const lateTend = await hostOf('tend', KEEP_DAYS);
    const lateSend = await hostOf('send', KEEP_DAYS);
    const swept = await lateTend.invoke(tick);
    if (Object(swept.answer).expired !== total) throw new Error(`the sweep expired ${JSON.stringify(swept.answer)}`);
    const first = await world.consume(QUEUES.memos, lateSend.invoke);
    const erasures: Step[] = [];
    for (let n = 1; n < total; n += 1)
      erasures.push(named('erasure at Linq', 'send', await world.consume(QUEUES.memos, lateSend.invoke)));
    const after = await world.rowsWith(cold.memo);
    const left = after.find(({ pk }) => pk === cold.memo);
    if (!left) throw new Error(`nothing is left of ${cold.memo}`);

    let secondsConvertedPerCpuSecond = Number.NaN;
    if (conversion) {
      recording = wav(CONVERTED_SECONDS); // more than Linq takes, so it becomes an MP3
      const long = await play();
      const cpuMs = (long.steps.find(({ name }) => name === 'recording')?.cpuMs ?? 0) - (job[1]?.cpuMs ?? 0);
      secondsConvertedPerCpuSecond = Math.round((CONVERTED_SECONDS * 1000) / cpuMs);
    }

    return {
      job,
      expiry: [
        perMemo(named('expiry', 'tend', swept), idleSweep, total),
        stepOf(named('erasure at Linq', 'send', first), erasures),
      ],
      idleSweep,
      secondsConvertedPerCpuSecond,
      rows: {
        count: before.length,
        bytes: sum(before.map(({ bytes }) => bytes)),
        indexEntries: sum(before.map(({ indexes }) => indexes)),
        indexBytes: sum(before.map(({ bytes, indexes }) => bytes * indexes)),
        tombstoneBytes: left.bytes,
      },
      metrics: metricsIn([...warm.flatMap(({ steps }) => steps), ...idle].map(({ log }) => log)),
    };
  } finally {
    for (const stop of stops) await stop();
    await world.stop();
  }
};

/** What a function answered to a request that it must have taken. */
const okOf = ({ answer, log }: MeasuredInvocation): { memos?: string[] } => {
  const { statusCode, body } = answer as { statusCode: number; body: string }; // API Gateway's shape
  if (statusCode >= 300) throw new Error(`answered ${statusCode} ${body}\n${log}`);
  return body ? JSON.parse(body) : {};
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
