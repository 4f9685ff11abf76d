import type { FunctionName } from '../../infra/secrets.ts';
import type { MeasuredInvocation } from './measured-world.ts';

/** One invocation as the model takes it. Requests, units and bytes are exact; the times are this machine's. */
export interface MeasuredStep {
  name: string;
  function: FunctionName;
  /** By service and operation, of an environment that has read its secrets already. */
  requests: Record<string, number>;
  /** Besides, once in each new environment, and again when secrets are a minute old. */
  requestsForSecrets: number;
  readUnits: number;
  writeUnits: number;
  /** Of the write units, those on keys of an index that every memo writes to, such as `newest memo`. */
  keyUnits: Record<string, number>;
  logBytes: number;
  cpuMs: number;
  ms: number;
}

/** How often a request is made for one memo, over all functions or one. */
export const requestsOf = (steps: readonly MeasuredStep[], matches: RegExp): number =>
  steps
    .flatMap(({ requests }) => Object.entries(requests))
    .reduce((sum, [name, times]) => sum + (matches.test(name) ? times : 0), 0);

export type Step = MeasuredInvocation & { name: string; function: FunctionName };
const SECRETS = 'ssm GetParameters';

/** What every warm run has asked, with the first run's extra for secrets. Times and log bytes are medians. */
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

/** A call has a key of its own in `by-call`; the other indexes have keys that all memos share. */
const shared = (keyUnits: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(keyUnits).filter(([name]) => !name.startsWith('by-call ')));

/** The part of a sweep that each expired memo has; what an idle sweep asks as well is taken off. */
export const perMemo = (sweep: Step, idle: MeasuredStep, memos: number): MeasuredStep => {
  const share = (all: number, alone: number) => (all - alone) / memos;
  const requests = Object.entries(sweep.counted.requests)
    .filter(([name]) => name !== SECRETS)
    .map(([name, times]) => [name, share(times, idle.requests[name] ?? 0)] as const)
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

/** @throws Error where there was no invocation */
export const named = (name: string, function_: FunctionName, invocation: MeasuredInvocation | undefined): Step => {
  if (!invocation) throw new Error(`${name} was not invoked`);
  return { name, function: function_, ...invocation };
};

/** Custom metrics are billed by name and dimensions; Embedded Metric Format says both in the line. */
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
