import type { FunctionName } from '../../infra/secrets.ts';
import { ACCESS_LINE, ASSUMED, PLATFORM_LINES } from './inputs.ts';
import type { Line, Price, Prices } from './line.ts';
import type { Measured } from './main-job.ts';
import { type MeasuredStep, requestsOf } from './measured-step.ts';
import { queueLines } from './queues.ts';
import type { StackFacts } from './stack.ts';

// The formulas. Measurements are in measured.json, assumptions in inputs.ts, prices in prices.json.

const GB = 1024 ** 3;
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const stepsOf = ({ job, expiry }: Measured): MeasuredStep[] => [...job, ...expiry];

/**
 * The billed milliseconds of one invocation of a step: its processor time at the function's share of a processor, its
 * AWS requests one after the other, and its waits for the media host or Linq.
 */
export const billedMs = (step: MeasuredStep, memoryMegabytes: number): number => {
  const slower = Math.max(1, ASSUMED.wholeProcessorMegabytes / memoryMegabytes);
  const waits = Object.entries(ASSUMED.requestMs).map(
    ([service, ms]) => ms * requestsOf([step], new RegExp(`^${service} (?!.*presigned)`)),
  );
  const others = step.name === 'recording' ? ASSUMED.waitMs.store : step.name === 'memo' ? ASSUMED.waitMs.send : 0;
  return step.cpuMs * slower + sum(waits) + others;
};

/** For how many seconds a memo keeps a function's environments busy. */
export const secondsOf = (name: FunctionName, measured: Measured, stack: StackFacts): number => {
  const own = stepsOf(measured).filter((step) => step.function === name);
  const converting =
    name === 'store'
      ? (ASSUMED.converted.share * ASSUMED.converted.seconds) / measured.secondsConvertedPerCpuSecond
      : 0;
  return sum(own.map((step) => billedMs(step, stack.memoryMegabytes[name]) / 1000)) + converting;
};

/** All lines of the bill, by part. */
export const billOf = (measured: Measured, stack: StackFacts): Line[] => {
  const steps = stepsOf(measured);
  const webRequests = measured.job.filter(({ function: name }) => name === 'receive' || name === 'api').length;
  const expiryByTend = measured.expiry.filter(({ function: name }) => name === 'tend');
  const invocations = steps.length - expiryByTend.length; // one sweep expires many memos
  const sweeps = ASSUMED.secondsInMonth / 300;
  const functions: FunctionName[] = ['receive', 'store', 'send', 'api', 'tend'];
  const months = stack.retentionDays / 30.4;
  const { rows } = measured;
  const tombstone = rows.tombstoneBytes + ASSUMED.itemOverheadBytes;
  const details = rows.bytes + rows.indexBytes + (rows.count + rows.indexEntries) * ASSUMED.itemOverheadBytes;
  const logged = logBytesOf(steps, webRequests, invocations);
  const idleGbSeconds = (gbOf('tend', stack) * billedMs(measured.idleSweep, stack.memoryMegabytes.tend)) / 1000;
  const lambda = (name: FunctionName): Line => ({
    part: 'Lambda',
    what: `${name}, ${stack.memoryMegabytes[name]} MB, ${Math.round(secondsOf(name, measured, stack) * 1000)} ms`,
    price: 'lambdaGbSecond',
    perMemo: gbOf(name, stack) * secondsOf(name, measured, stack),
    ...(name === 'tend' && { fixed: idleGbSeconds * sweeps }),
  });
  return [
    {
      part: 'API Gateway',
      what: `${webRequests} requests: the webhook and Linq's receipts`,
      price: 'httpApiRequest',
      perMemo: webRequests,
    },
    { part: 'Lambda', what: `${invocations} invocations`, price: 'lambdaRequest', perMemo: invocations, fixed: sweeps },
    ...functions.map(lambda),
    ...queueLines(steps, stack),
    {
      part: 'DynamoDB',
      what: `${round(sum(steps.map((step) => step.writeUnits)))} write units`,
      price: 'dynamodbWrite',
      perMemo: sum(steps.map((step) => step.writeUnits)),
    },
    {
      part: 'DynamoDB',
      what: `${round(sum(steps.map((step) => step.readUnits)))} read units`,
      price: 'dynamodbRead',
      perMemo: sum(steps.map((step) => step.readUnits)),
    },
    {
      part: 'DynamoDB',
      what: `storage: rows and indexes, then a tombstone for ${ASSUMED.tombstoneMonths} months`,
      price: 'dynamodbGbMonth',
      perMemo: (details * months + tombstone * ASSUMED.tombstoneMonths) / GB,
    },
    {
      part: 'DynamoDB',
      what: 'point-in-time recovery of the table',
      price: 'dynamodbBackupGbMonth',
      perMemo: (rows.bytes * months + tombstone * ASSUMED.tombstoneMonths) / GB,
    },
    {
      part: 'S3',
      what: `${requestsOf(steps, /^s3 (Put|Copy|List|Upload|Create|Complete)/)} writes and lists`,
      price: 's3Write',
      perMemo: requestsOf(steps, /^s3 (Put|Copy|List|Upload|Create|Complete)/),
    },
    {
      part: 'S3',
      what: `${requestsOf(steps, /^s3 (Get|Head)/)} reads, Linq's among them`,
      price: 's3Read',
      perMemo: requestsOf(steps, /^s3 (Get|Head)/),
    },
    {
      part: 'S3',
      what: `storage for ${stack.retentionDays} days`,
      price: 's3GbMonth',
      perMemo: (ASSUMED.audioBytes * months) / GB,
    },
    { part: 'Data transfer', what: 'Linq fetches the audio', price: 'egressGb', perMemo: ASSUMED.audioBytes / GB },
    { part: 'CloudWatch', what: `${Math.round(logged)} bytes of logs`, price: 'logGb', perMemo: logged / GB },
    {
      part: 'CloudWatch',
      what: 'logs kept for a month',
      price: 'logGbMonth',
      perMemo: (logged * ASSUMED.logEvent.kept) / GB,
    },
    {
      part: 'CloudWatch',
      what: `${measured.metrics.length} custom metrics, with one source`,
      price: 'metricMonth',
      perMemo: 0,
      fixed: measured.metrics.length,
    },
    {
      part: 'CloudWatch',
      what: `${stack.alarmMetrics} metrics in alarms`,
      price: 'alarmMetricMonth',
      perMemo: 0,
      fixed: stack.alarmMetrics,
    },
    { part: 'CloudWatch', what: 'the dashboard', price: 'dashboardMonth', perMemo: 0, fixed: stack.dashboards },
    {
      part: 'SSM',
      what: 'secrets decrypted, once a minute in each busy environment',
      price: 'kmsRequest',
      perMemo: 0,
      fixed: 0,
    },
    {
      part: 'SSM',
      what: 'the key of the alarms’ topic, where an e-mail is set',
      price: 'kmsKeyMonth',
      perMemo: 0,
      fixed: stack.keys,
    },
  ];
};

/** Log bytes of some steps: the functions' own lines, Lambda's lines and the access log. */
export const logBytesOf = (steps: readonly MeasuredStep[], webRequests: number, invocations: number): number => {
  const own = sum(steps.map(({ logBytes }) => (logBytes > 0 ? logBytes + ASSUMED.logEvent.overheadBytes : 0)));
  const platform = sum(PLATFORM_LINES.map((line) => line.length + ASSUMED.logEvent.overheadBytes)) * invocations;
  return own + platform + (ACCESS_LINE.length + ASSUMED.logEvent.overheadBytes) * webRequests;
};

export const gbOf = (name: FunctionName, stack: StackFacts): number => stack.memoryMegabytes[name] / 1024;

/** The cost of so many units in a month, tier by tier. */
export const costOf = ({ tiers }: Price, units: number): number => {
  let from = 0;
  let cost = 0;
  for (const { upTo = Number.POSITIVE_INFINITY, usd } of tiers) {
    cost += Math.max(0, Math.min(units, upTo) - from) * usd;
    from = upTo;
  }
  return cost;
};

/** Dollars a month for one line at a volume. The line for secrets is computed here, since time decides their reads. */
export const monthly = (line: Line, memos: number, measured: Measured, stack: StackFacts, prices: Prices): number => {
  if (line.price === 'kmsRequest') return costOf(prices.kmsRequest, secretReads(memos, measured, stack));
  return costOf(prices[line.price], line.perMemo * memos + (line.fixed ?? 0));
};

/** An environment reads a secret again if its value is a minute old. At a low volume, that is so for each memo. */
const secretReads = (memos: number, measured: Measured, stack: StackFacts): number => {
  const minutes = ASSUMED.secondsInMonth / ASSUMED.secretsFreshSeconds;
  const functions: FunctionName[] = ['receive', 'store', 'send', 'api', 'tend'];
  return sum(
    functions.map((name) => {
      const perMemo = sum(
        stepsOf(measured)
          .filter((step) => step.function === name)
          .map((step) => step.requestsForSecrets),
      );
      const environments = Math.max(1, Math.ceil((memos / ASSUMED.secondsInMonth) * secondsOf(name, measured, stack)));
      return Math.min(perMemo * memos, perMemo * environments * minutes);
    }),
  );
};

const round = (number: number): number => Math.round(number * 10) / 10;
