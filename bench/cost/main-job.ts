import { readFileSync } from 'node:fs';
import type { FunctionName } from '../../infra/secrets.ts';
import { QUEUES } from '../../local/cloud/resources.ts';
import { wav } from '../../test/world.ts';
import type { Arrivals } from './arrivals.ts';
import { receiptEvent, webhookEvent } from './events.ts';
import { type MeasuredStep, metricsIn, named, perMemo, type Step, stepOf } from './measured-step.ts';
import { type MeasuredInvocation, startMeasuredWorld } from './measured-world.ts';

export interface Measured extends MainJob {
  arrivals: Arrivals;
}

export interface MainJob {
  /** From the webhook to `read`, in order. */
  job: MeasuredStep[];
  /** The sweep that ends the memo's retention, and the steps that follow. */
  expiry: MeasuredStep[];
  /** A sweep that finds nothing to do. */
  idleSweep: MeasuredStep;
  /** Seconds of sound that `store` converts to MP3 in a second of processor time. */
  secondsConvertedPerCpuSecond: number;
  /** One memo's rows while its details are kept, their index entries separately, and the tombstone that stays. */
  rows: { count: number; bytes: number; indexEntries: number; indexBytes: number; tombstoneBytes: number };
  /** Name and dimensions of each custom metric that the job writes. */
  metrics: string[];
}

const RUNS = 15;
const KEEP_DAYS = 31;
const CONVERTED_SECONDS = 660;
const sample = readFileSync(new URL('../../local/sample/call.mp3', import.meta.url));

/**
 * Plays the main job, with each function in a process of its own, and counts its requests and times.
 * @throws Error if two runs of the job make different requests to AWS
 */
export const measureMainJob = async ({ runs = RUNS, conversion = true } = {}): Promise<MainJob> => {
  let recording: Uint8Array = sample;
  const world = await startMeasuredWorld(() => recording);
  const stops: (() => Promise<void>)[] = [];
  const hostOf: HostOf = async (name, shiftDays = 0) => {
    const host = await world.host(name, { shiftDays });
    stops.unshift(() => host.stop());
    return host;
  };
  try {
    const play = await jobOf(world, hostOf);
    const cold = await play();
    const warm: Played[] = [];
    for (let run = 0; run < runs; run += 1) warm.push(await play());
    const job = cold.steps.map((first, index) =>
      stepOf(
        first,
        warm.map(({ steps }) => steps[index] as Step),
      ),
    ); // of one shape
    const { idleSweep, logs } = await measureIdleSweep(await hostOf('tend'));
    const { expiry, rows } = await measureExpiry(world, hostOf, cold.memo, warm.length + 1, idleSweep);
    let secondsConvertedPerCpuSecond = Number.NaN;
    if (conversion) {
      recording = wav(CONVERTED_SECONDS); // too large for Linq, so it becomes an MP3
      secondsConvertedPerCpuSecond = conversionSpeed(await play(), job);
    }
    const metrics = metricsIn([...warm.flatMap(({ steps }) => steps.map(({ log }) => log)), ...logs]);
    return { job, expiry, idleSweep, secondsConvertedPerCpuSecond, rows, metrics };
  } finally {
    for (const stop of stops) await stop();
    await world.stop();
  }
};

/** The counts of `fresh` with the times of an earlier measurement of the same steps. */
export const withTimesOf = (earlier: Measured, fresh: Measured): Measured => {
  const { secondsConvertedPerCpuSecond } = earlier;
  const timed = (steps: readonly MeasuredStep[], others: readonly MeasuredStep[]): MeasuredStep[] =>
    steps.map((step, index) => {
      const { name, cpuMs = Number.NaN, ms = Number.NaN } = others[index] ?? {};
      if (name !== step.name) throw new Error(`the earlier measurement has no times of ${step.name}: npm run cost`);
      return { ...step, cpuMs, ms };
    });
  const [idleSweep = fresh.idleSweep] = timed([fresh.idleSweep], [earlier.idleSweep]);
  const [job, expiry] = [timed(fresh.job, earlier.job), timed(fresh.expiry, earlier.expiry)];
  const ways = Object.entries(fresh.arrivals).map(([way, steps]) => [way, timed(steps, earlier.arrivals[way] ?? [])]);
  const arrivals: Arrivals = Object.fromEntries(ways);
  return { ...fresh, job, expiry, idleSweep, secondsConvertedPerCpuSecond, arrivals };
};

type MeasuredWorld = Awaited<ReturnType<typeof startMeasuredWorld>>;
type Host = Awaited<ReturnType<MeasuredWorld['host']>>;
type HostOf = (name: FunctionName, shiftDays?: number) => Promise<Host>;
interface Played {
  memo: string;
  steps: Step[];
}

/** One call, from its webhook to Linq's last receipt, through functions that stay warm. */
const jobOf = async (world: MeasuredWorld, hostOf: HostOf): Promise<() => Promise<Played>> => {
  const [receive, store, send, api] = [
    await hostOf('receive'),
    await hostOf('store'),
    await hostOf('send'),
    await hostOf('api'),
  ];
  return async () => {
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
};

const TICK = { 'detail-type': 'Scheduled Event' };

const measureIdleSweep = async (tend: Host): Promise<{ idleSweep: MeasuredStep; logs: string[] }> => {
  const idle = [await tend.invoke(TICK), await tend.invoke(TICK), await tend.invoke(TICK)];
  const idleSweep = stepOf(
    named('sweep', 'tend', idle[0]),
    idle.slice(1).map((each) => named('sweep', 'tend', each)),
  );
  return { idleSweep, logs: idle.map(({ log }) => log) };
};

/** Ends the retention of all memos: the sweep and the erasures at Linq. Also measures the rows that one memo leaves. */
const measureExpiry = async (
  world: MeasuredWorld,
  hostOf: HostOf,
  memo: string,
  total: number,
  idleSweep: MeasuredStep,
): Promise<Pick<Measured, 'expiry' | 'rows'>> => {
  const before = await world.rowsWith(memo);
  const lateTend = await hostOf('tend', KEEP_DAYS);
  const lateSend = await hostOf('send', KEEP_DAYS);
  const swept = await lateTend.invoke(TICK);
  if (Object(swept.answer).expired !== total) throw new Error(`the sweep expired ${JSON.stringify(swept.answer)}`);
  const erase = async () => named('erasure at Linq', 'send', await world.consume(QUEUES.memos, lateSend.invoke));
  const first = await erase();
  const erasures: Step[] = [];
  for (let n = 1; n < total; n += 1) erasures.push(await erase());
  const left = (await world.rowsWith(memo)).find(({ pk }) => pk === memo);
  if (!left) throw new Error(`nothing is left of ${memo}`);
  return {
    expiry: [perMemo(named('expiry', 'tend', swept), idleSweep, total), stepOf(first, erasures)],
    rows: {
      count: before.length,
      bytes: sum(before.map(({ bytes }) => bytes)),
      indexEntries: sum(before.map(({ indexes }) => indexes)),
      indexBytes: sum(before.map(({ indexBytes }) => indexBytes)),
      tombstoneBytes: left.bytes,
    },
  };
};

/** Seconds of sound converted in a second of processor time, without the time of a recording that is not converted. */
const conversionSpeed = (long: Played, job: readonly MeasuredStep[]): number => {
  const cpuMs = (long.steps.find(({ name }) => name === 'recording')?.cpuMs ?? 0) - (job[1]?.cpuMs ?? 0);
  return Math.round((CONVERTED_SECONDS * 1000) / cpuMs);
};

/** The body of a function's answer. Throws if the function refused the request. */
const okOf = ({ answer, log }: MeasuredInvocation): { memos?: string[] } => {
  const { statusCode, body } = answer as { statusCode: number; body: string }; // API Gateway's shape
  if (statusCode >= 300) throw new Error(`answered ${statusCode} ${body}\n${log}`);
  return body ? JSON.parse(body) : {};
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
