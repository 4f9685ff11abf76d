import type { FunctionName } from '../../infra/secrets.ts';
import { sums } from './capacity.ts';
import type { MeasuredInvocation } from './measured-world.ts';

/** One invocation for the model. Requests, units and bytes are exact; the times are those of this machine. */
export interface MeasuredStep {
  name: string;
  function: FunctionName;
  /** By service and operation, in an environment that has already read its secrets. */
  requests: Record<string, number>;
  /** Further requests, once in each new environment, and again when secrets are a minute old. */
  requestsForSecrets: number;
  readUnits: number;
  writeUnits: number;
  /**
   * The write units on each index key that memos share, such as `newest memo`, and together on the keys of `by-call`;
   * `writeUnits` includes them.
   */
  keyUnits: Record<string, number>;
  logBytes: number;
  cpuMs: number;
  ms: number;
}

/** How many requests for one memo match, in these steps. */
export const requestsOf = (steps: readonly MeasuredStep[], matches: RegExp): number =>
  steps
    .flatMap(({ requests }) => Object.entries(requests))
    .reduce((sum, [name, times]) => sum + (matches.test(name) ? times : 0), 0);

/** The requests of some steps for one memo, by operation. Linq's own fetch is left out. */
export const byOperation = (steps: readonly MeasuredStep[]): Record<string, number> => {
  const { 's3 GetObject, presigned': _linq, ...requests } = steps.map((step) => step.requests).reduce(sums, {});
  return sorted(requests);
};

/** The write units of some steps for one memo: on the table, and on each index. */
export const unitsByIndex = (steps: readonly MeasuredStep[]): Record<string, number> => {
  const indexes = steps
    .flatMap(({ keyUnits }) => Object.entries(keyUnits))
    .map(([key, units]) => ({ [key.replace(/ .*/s, '')]: units }))
    .reduce(sums, {});
  const all = steps.reduce((sum, { writeUnits }) => sum + writeUnits, 0);
  return { table: all - Object.values(indexes).reduce((sum, units) => sum + units, 0), ...sorted(indexes) };
};

export type Step = MeasuredInvocation & { name: string; function: FunctionName };
const SECRETS = 'ssm GetParameters';

/** The requests of every warm run, and the first run's extra requests for secrets. Times and log bytes are medians. */
export const stepOf = (first: Step, warm: readonly Step[]): MeasuredStep => {
  const [one, ...others] = warm.map(({ counted }) => counted);
  if (!one) throw new Error('there is no warm run');
  const { [SECRETS]: _read, ...requests } = one.requests;
  for (const other of others) {
    const { [SECRETS]: _again, ...theirs } = other.requests;
    if (JSON.stringify(sorted(theirs)) !== JSON.stringify(sorted(requests)))
      throw new Error(`${first.name}: one run asked ${JSON.stringify(theirs)}, another ${JSON.stringify(requests)}`);
  }
  return {
    name: first.name,
    function: first.function,
    requests: sorted(requests),
    requestsForSecrets: first.counted.requests[SECRETS] ?? 0,
    readUnits: one.readUnits,
    writeUnits: one.writeUnits,
    keyUnits: sorted(shared(one.keyUnits)),
    logBytes: median(warm.map(({ log }) => Buffer.byteLength(log))),
    cpuMs: rounded(median(warm.map(({ cpuMs }) => cpuMs))),
    ms: rounded(median(warm.map(({ ms }) => ms))),
  };
};

/**
 * Adds up `by-call`, where each call has its own key, and the shards of a key: all memos share the keys of the other
 * indexes.
 */
const shared = (keyUnits: Record<string, number>): Record<string, number> =>
  Object.entries(keyUnits)
    .map(([name, units]) => ({ [name.replace(/^by-call .*/s, 'by-call').replace(/#\d$/, '')]: units }))
    .reduce(sums, {});

/**
 * The part of a sweep for each expired memo, without the requests that an idle sweep also makes. The requests for a page
 * of a list are left out: up to a hundred memos share them.
 */
export const perMemo = (sweep: Step, idle: MeasuredStep, memos: number): MeasuredStep => {
  const share = (all: number, alone: number) => (all - alone) / memos;
  const requests = Object.entries(sweep.counted.requests)
    .filter(([name]) => name !== SECRETS)
    .map(([name, times]) => [name, Math.floor(share(times, idle.requests[name] ?? 0))] as const)
    .filter(([, times]) => times > 0);
  return {
    name: sweep.name,
    function: sweep.function,
    requests: sorted(Object.fromEntries(requests)),
    requestsForSecrets: 0,
    readUnits: rounded(share(sweep.counted.readUnits, idle.readUnits)),
    writeUnits: share(sweep.counted.writeUnits, idle.writeUnits),
    keyUnits: sorted(
      Object.fromEntries(Object.entries(shared(sweep.counted.keyUnits)).map(([name, units]) => [name, units / memos])),
    ),
    logBytes: 0,
    cpuMs: rounded(share(sweep.cpuMs, idle.cpuMs)),
    ms: rounded(share(sweep.ms, idle.ms)),
  };
};

/** @throws Error if there was no invocation */
export const named = (name: string, function_: FunctionName, invocation: MeasuredInvocation | undefined): Step => {
  if (!invocation) throw new Error(`${name} was not invoked`);
  return { name, function: function_, ...invocation };
};

/** Custom metrics are billed by name and dimensions; a line in Embedded Metric Format has both. */
export const metricsIn = (logs: readonly string[]): string[] => {
  const found = logs
    .flatMap((log) => log.split('\n').filter((line) => line.includes('"_aws"')))
    .flatMap((line) => {
      const json = JSON.parse(line);
      const groups: { Dimensions: string[][]; Metrics: { Name: string }[] }[] = json._aws.CloudWatchMetrics;
      return groups.flatMap(({ Dimensions, Metrics }) =>
        Metrics.flatMap(({ Name }) =>
          Dimensions.map((names) => `${Name} ${names.map((name) => json[name]).join(' ')}`),
        ),
      );
    });
  return [...new Set(found)].sort();
};

const sorted = (record: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const rounded = (number: number): number => Math.round(number * 10) / 10;
