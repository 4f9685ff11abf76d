import { sampleTraces } from '../../functions/core/receive/sample-traces.ts';
import { ASSUMED } from './inputs.ts';
import type { PriceName, Prices } from './line.ts';
import type { Measured } from './main-job.ts';
import { type MeasuredStep, requestsOf } from './measured-step.ts';
import { billedMs, costOf, gbOf, logBytesOf } from './model.ts';
import type { StackFacts } from './stack.ts';

const GB = 1024 ** 3;
const MILLION = 1_000_000;
const FLOOD = 1000;
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** A million of one way to arrive, and what a table says of one. */
interface Arrival {
  what: string;
  requests: number;
  writeUnits: number;
  usd: number;
}

/** The arrivals that are not the main job, beside the main job up to the same point. */
export const arrivalsOf = (measured: Measured, stack: StackFacts, prices: Prices): Arrival[] => {
  const [refused, trace] = stepsTo('refused webhook', measured) as [MeasuredStep, MeasuredStep]; // measureArrivals plays two
  const all = (what: string, steps: readonly MeasuredStep[]): Arrival => ({
    what,
    requests: requestsOf(steps, /./),
    writeUnits: sum(steps.map(({ writeUnits }) => writeUnits)),
    usd: MILLION * usdOf(steps, stack, prices),
  });
  const traced = all('refused webhooks, each with its trace', [refused, trace]);
  const { 'sqs SendMessage': _trace, ...requests } = refused.requests;
  const untraced = all('', [{ ...refused, requests }]);
  const share = tracesIn(FLOOD) / FLOOD;
  const between = (one: number, other: number) => one + share * (other - one);
  return [
    all('recordings by webhook', measured.job.slice(0, 2)),
    ...OBJECTS.map(([way, what]) => all(what, stepsTo(way, measured))),
    traced,
    {
      what: `refused webhooks, ${FLOOD.toLocaleString('en')} in one minute and environment`,
      requests: between(untraced.requests, traced.requests),
      writeUnits: between(untraced.writeUnits, traced.writeUnits),
      usd: between(untraced.usd, traced.usd),
    },
  ];
};

const OBJECTS = [
  ['s3-drop, metadata', 'objects of `s3-drop`, the facts in their metadata'],
  ['s3-drop, sidecar', 'objects of `s3-drop`, each with a JSON beside it'],
  ['amazon-connect', 'objects of `amazon-connect`, each contact asked for'],
] as const;

const stepsTo = (way: string, { arrivals }: Measured): MeasuredStep[] => {
  const steps = arrivals[way];
  if (!steps) throw new Error(`nothing was measured of ${way}: npm run cost`);
  return steps;
};

/** How many traces one environment of `receive` sends of so many refused webhooks of a source in one minute. */
export const tracesIn = (webhooks: number): number => {
  const sample = sampleTraces();
  return Array.from({ length: webhooks }, () => sample.add('any', 'refused', 0)).filter(({ count }) => count > 0)
    .length;
};

/** The first `receive` step of an arrival by HTTP has a request to API Gateway; an object has an event, and a message of a standard queue. */
const usdOf = (steps: readonly MeasuredStep[], stack: StackFacts, prices: Prices): number => {
  const received = steps.filter((step) => step.function === 'receive');
  const ofObjects = received.filter(({ requests }) => 'sqs ChangeMessageVisibility' in requests);
  const byHttp = received.length - ofObjects.length;
  const stored = steps.length - received.length;
  // EventBridge sends the event; Lambda receives and deletes it.
  const standard = 3 * ofObjects.length + requestsOf(ofObjects, /^sqs ChangeMessageVisibility$/);
  const fifo = requestsOf(steps, /^sqs /) - requestsOf(ofObjects, /^sqs ChangeMessageVisibility$/) + 2 * stored;
  const logged = logBytesOf(steps, byHttp, steps.length) / GB;
  const units: Partial<Record<PriceName, number>> = {
    httpApiRequest: byHttp,
    eventBridgeEvent: ofObjects.length,
    lambdaRequest: steps.length,
    lambdaGbSecond: sum(steps.map((step) => (gbOf(step.function, stack) * msOf(step, stack)) / 1000)),
    sqsStandard: standard,
    sqsFifo: fifo,
    dynamodbWrite: sum(steps.map(({ writeUnits }) => writeUnits)),
    dynamodbRead: sum(steps.map(({ readUnits }) => readUnits)),
    s3Write: requestsOf(steps, /^s3 (Put|Copy|List|Upload|Create|Complete)/),
    s3Read: requestsOf(steps, /^s3 (Get|Head)/),
    logGb: logged,
    logGbMonth: logged * ASSUMED.logEvent.kept,
  };
  return sum(Object.entries(units).map(([name, amount]) => costOf(prices[name as PriceName], amount))); // keys as above
};

const msOf = (step: MeasuredStep, stack: StackFacts): number => billedMs(step, stack.memoryMegabytes[step.function]);

/** The part of docs/cost.md about them. */
export const arrivalsSection = (
  measured: Measured,
  stack: StackFacts,
  prices: Prices,
  stepRow: (step: MeasuredStep) => string,
): string[] => [
  '## What other arrivals ask of AWS',
  '',
  'A recording that comes as a new object of a bucket ([buckets.md](buckets.md)), until its audio is stored: from there on its memo is as any other. And a webhook that',
  'is refused: its trace is a message to `store`, which adds the trace to the row of the source. The row is full here, as in a bridge that is refused every day; rows with',
  'long reasons take more. The counts are exact, and `npm test` compares them.',
  '',
  '| arrival | step | function | requests | write units | read units | log bytes | processor ms |',
  '| --- | --- | --- | --- | ---: | ---: | ---: | ---: |',
  ...Object.entries(measured.arrivals).flatMap(([way, steps]) => steps.map((step) => `| ${way} ${stepRow(step)}`)),
  '',
  'EventBridge’s message to the queue `drops`, and Lambda’s receives and deletes of messages, are not in the table. They are in the costs:',
  '',
  '| a million | requests each | write units each | all |',
  '| --- | ---: | ---: | ---: |',
  ...arrivalsOf(measured, stack, prices).map(
    ({ what, requests, writeUnits, usd }) =>
      `| ${what} | ${rounded(requests)} | ${rounded(writeUnits)} | $${usd.toFixed(2)} |`,
  ),
  '',
  `A recording by webhook costs more, since \`store\` waits ${ASSUMED.waitMs.store} ms for the host of the recording. S3 answers in ${ASSUMED.requestMs.s3} ms. Both are assumed.`,
  '',
  'A JSON beside a recording costs an event, a run of `receive` and a trace of its own: an object that is ignored leaves the trace that an ignored webhook leaves. EventBridge',
  'bills every object of a bucket that sends its events there, also those that no rule takes. A bucket that names a source adds the idle polls of its queue: with one in',
  '`bridge.config.ts`, `npm run cost -- --page` adds them to the tables above.',
  '',
  `Traces are sampled: of ${FLOOD.toLocaleString('en')} refused webhooks of one source in a minute, one environment of \`receive\` sends ${tracesIn(FLOOD)}, and 60 of all sources at most. A refusal makes \`receive\` read the secrets`,
  'of the source again, every five seconds at most.',
  '',
];

const rounded = (number: number): string => String(Math.round(number * 100) / 100);
