import { SHARDS } from '../../functions/core/model/keys.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { AT_ONCE } from '../../functions/core/tend/sweep-overdue.ts';
import type { FunctionName } from '../../infra/secrets.ts';
import { sums } from './capacity.ts';
import { ASSUMED, LIMITS } from './inputs.ts';
import type { Measured } from './main-job.ts';
import { requestsOf } from './measured-step.ts';
import { secondsOf } from './model.ts';
import { nameOf, sendsTo } from './queues.ts';
import type { StackFacts } from './stack.ts';

export interface Limit {
  what: string;
  /** The limit in words. */
  limit: string;
  /** The sustained rate at the limit. */
  memosPerSecond: number;
  /** The effect beyond the limit. */
  beyond: string;
  turn: string;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** All limits, the lowest first. */
export const limitsOf = (measured: Measured, stack: StackFacts): Limit[] => {
  const steps = [...measured.job, ...measured.expiry];
  const seconds = (name: FunctionName) => secondsOf(name, measured, stack);
  const names: FunctionName[] = ['receive', 'store', 'send', 'api', 'tend'];
  const all = sum(names.map(seconds));
  const webRequests = measured.job.filter(({ function: name }) => name === 'receive' || name === 'api').length;
  const writes = sum(steps.map(({ writeUnits }) => writeUnits));
  const ofKeys = steps.map(({ keyUnits }) => keyUnits).reduce(sums, {});
  const hottestKey = (index: string): [key: string, units: number] => {
    const [first] = Object.entries(ofKeys)
      .filter(([name]) => name.startsWith(`${index} `))
      .sort(([, one], [, other]) => other - one);
    if (!first) throw new Error(`the job wrote nothing to the index ${index}`);
    return [first[0].slice(index.length + 1), first[1]];
  };
  const expiry = measured.expiry.filter(({ function: name }) => name === 'tend');
  // Many memos expire at once and share the waits. If the processor needs longer than the waits, it sets the time.
  const stretched = Math.max(1, ASSUMED.wholeProcessorMegabytes / stack.memoryMegabytes.tend);
  const expiryMs = Math.max(
    sum(expiry.map(({ cpuMs }) => cpuMs)) * stretched,
    sum(expiry.map(({ requests }) => waitMs(requests))) / AT_ONCE,
  );
  const { sweepForMs, sweepEveryMs } = timing();
  const puts = requestsOf(measured.job, /^s3 (Put|Copy)/);

  const concurrency = (limit: number, of: string, turn: string): Limit => ({
    what: `Lambda's concurrency, ${of}`,
    limit: `${limit} at once; a memo keeps ${all.toFixed(1)} s`,
    memosPerSecond: limit / all,
    beyond: 'Lambda throttles. Queues wait; a webhook is answered 5xx, and not every sender comes again.',
    turn,
  });
  // `tend` has caps too, for dead letters, but a memo without faults makes none.
  const capped = (['store', 'send'] as const).flatMap((name): Limit[] => {
    const cap = stack.maxConcurrency[name];
    if (cap === undefined) return [];
    return [
      {
        what: `\`${name}\`'s concurrency`,
        limit: `${cap} at once; a memo keeps ${seconds(name).toFixed(1)} s`,
        memosPerSecond: cap / seconds(name),
        beyond: 'Messages wait in the queue. Nothing is lost for 14 days.',
        turn: '`concurrency` in `bridge.config.ts`, within the account’s',
      },
    ];
  });
  const limits: Limit[] = [
    concurrency(LIMITS.accountConcurrency.fresh, 'a new account', 'ask AWS for more (Service Quotas)'),
    concurrency(LIMITS.accountConcurrency.usual, 'the usual quota', 'ask AWS for more (Service Quotas)'),
    ...capped,
    {
      what: "The stage's throttle",
      limit: `${stack.throttle.rate} requests a second, ${stack.throttle.burst} at once; a memo has ${webRequests}`,
      memosPerSecond: stack.throttle.rate / webRequests,
      beyond: '429. Linq sends its receipts again; some call systems do not.',
      turn: '`throttle` in `bridge.config.ts`',
    },
    {
      what: "API Gateway, the account's quota",
      limit: `${LIMITS.apiRequestsPerSecond.toLocaleString('en')} requests a second in a Region, for all its APIs`,
      memosPerSecond: LIMITS.apiRequestsPerSecond / webRequests,
      beyond: '429, as above.',
      turn: 'ask AWS for more (Service Quotas)',
    },
    ...(['newest', 'by-source', 'by-state', 'due'] as const).map((index): Limit => {
      const [key, units] = hottestKey(index);
      return {
        what: `DynamoDB, the ${SHARDS.length} keys \`${key}\` of the index \`${index}\``,
        limit: `${LIMITS.writeUnitsPerKey} write units a second for each key; a memo writes ${Number(units.toFixed(1))} to one of them`,
        memosPerSecond: (LIMITS.writeUnitsPerKey * SHARDS.length) / units,
        beyond: 'The index throttles, and with it the table: steps fail and are tried again.',
        turn: 'more shards, with a new version of the rows: `functions/core/model/keys.ts`',
      };
    }),
    {
      what: 'DynamoDB, the table on demand',
      limit: `${LIMITS.writeUnitsPerTable.toLocaleString('en')} write units a second; a memo writes ${writes.toFixed(0)}`,
      memosPerSecond: LIMITS.writeUnitsPerTable / writes,
      beyond: 'The table throttles.',
      turn: 'ask AWS for more (Service Quotas)',
    },
    {
      what: "`tend`'s sweep",
      limit: `${sweepForMs / 1000} s of every ${sweepEveryMs / 1000}, ${AT_ONCE} memos at a time; one takes ${Math.round(expiryMs)} ms`,
      memosPerSecond: sweepForMs / expiryMs / (sweepEveryMs / 1000),
      beyond: 'Details of memos stay longer than their retention.',
      turn: '`tend`’s memory, in `infra/aftercall.ts`',
    },
    {
      what: 'S3, one prefix',
      limit: `${LIMITS.s3WritesPerPrefix} writes a second; a memo makes ${puts} under \`audio/\``,
      memosPerSecond: LIMITS.s3WritesPerPrefix / puts,
      beyond: 'S3 answers 503 for a while, and splits the prefix by itself.',
      turn: 'nothing',
    },
    ...stack.queues
      .filter(({ isFifo, isForDeadLetters }) => isFifo && !isForDeadLetters)
      .map(
        (queue): Limit => ({
          what: `SQS, sends to \`${nameOf(queue)}\``,
          limit: `${LIMITS.fifoSendsPerSecond.toLocaleString('en')} a second or more in us-east-1, less in other Regions`,
          memosPerSecond: LIMITS.fifoSendsPerSecond / sendsTo(queue.consumer, steps),
          beyond:
            queue.consumer === 'store'
              ? 'SQS throttles. A webhook is answered 503, and not every sender comes again.'
              : 'SQS throttles, and `store` tries again.',
          turn: 'another Region',
        }),
      ),
  ];
  return limits.sort((one, other) => one.memosPerSecond - other.memosPerSecond);
};

/** The requests of one memo follow each other. */
const waitMs = (requests: Record<string, number>): number =>
  sum(
    Object.entries(ASSUMED.requestMs).flatMap(([service, ms]) =>
      Object.entries(requests).map(([name, times]) => (name.startsWith(`${service} `) ? times * ms : 0)),
    ),
  );
