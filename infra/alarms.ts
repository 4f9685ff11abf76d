import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmRules } from '../functions/config.ts';
import { type AlarmRow, commandAt, HOUR, MOMENT, once, SOON } from './alarm-row.ts';
import { memoAlarms } from './alarms-memos.ts';
import { countedAt } from './counted.ts';
import type { FrontDoor } from './front-door.ts';
import type { AftercallFunction } from './lambda.ts';
import type { ConnectedSources, FunctionName } from './secrets.ts';
import type { WorkQueue } from './work-queue.ts';

/** What there is to watch. */
export interface Monitored {
  stage: string;
  sources: ConnectedSources;
  frontDoor: FrontDoor;
  functions: Readonly<Record<FunctionName, AftercallFunction>>;
  queues: Readonly<Record<'recordings' | 'memos', WorkQueue>>;
}

/**
 * Every alarm, in the order the data meets it. None is made of what a function gathers and may take with it when it dies:
 * what it cannot tell any more (a crash, a time-out, no start at all) AWS counts, and what never happens is an alarm by
 * its absence.
 */
export const alarmRows = (monitored: Monitored, rules: AlarmRules = {}): AlarmRow[] => {
  const { stage, sources, frontDoor, functions, queues } = monitored;
  const { silentAfterHours = {}, refusedPerHour = 5 } = rules;
  const counted = countedAt(stage);
  const run = commandAt(stage);

  const refused = Object.entries(sources).map(([source, { secrets }]): AlarmRow => {
    const [secret] = secrets;
    const set = secret ? `; ${run(`secrets set ${secret.name}`)} sets its secret anew` : '';
    return {
      kind: 'refused',
      of: source,
      wrong: `Webhooks of ${source} are refused: their signature is wrong, or its secret is absent. Senders switch such a hook off and say nothing.`,
      fix: `Compare the secret and the URL at the vendor with ${run('hooks')}${set}. Then let the vendor send again what was refused.`,
      metric: counted('EventsRefused', HOUR, { source }),
      when: { atLeast: refusedPerHour },
      saysMended: true,
    };
  });
  const silent = Object.entries(silentAfterHours).map(
    ([source, hours]): AlarmRow => ({
      kind: 'silent',
      of: source,
      wrong: `Nothing has come from ${source} for ${hours === 1 ? 'an hour' : `${hours} hours`}. Its hook may be switched off, or lead elsewhere.`,
      fix: `Look at the vendor whether the hook is on and leads to the URL of ${run('hooks')}; ${run('doctor')} says whether we answer there.`,
      metric: counted('EventsTaken', HOUR, { source }),
      when: { absentFor: hours },
      saysMended: true,
    }),
  );
  const broken = Object.entries(functions).flatMap(([name, { lambda }]): AlarmRow[] => [
    {
      kind: 'errors',
      of: name,
      wrong: `The function ${name} has crashed, run out of time or memory, or did not start. ${AFTER[name as FunctionName]}`,
      fix: `Its log group says why; ${run('doctor')} whether something is not set up.`,
      metric: lambda.metricErrors({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
    {
      kind: 'throttles',
      of: name,
      wrong: `AWS would not run the function ${name}: the account's concurrency, or what is reserved for it, was used up. ${AFTER[name as FunctionName]}`,
      fix: `${run('doctor')} says how many may run at once in this account, and whether concurrency in bridge.config.ts fits. Lower it there and deploy, or ask AWS for more (Service Quotas, Lambda, concurrent executions).`,
      metric: lambda.metricThrottles({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
  ]);
  const stuck = Object.entries(queues).flatMap(([name, { queue, deadLetters }]): AlarmRow[] => [
    {
      kind: 'oldest-message',
      of: name,
      wrong: `A message in the queue ${name} has waited for an hour: the queue stands still, or the other side is down. Nothing is lost for 14 days.`,
      fix: `${run('doctor')} says what is down, and ${run(`memos --state ${name === 'recordings' ? 'received' : 'stored'}`)} what each waits for.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ period: SOON, statistic: Stats.MAXIMUM }),
      when: { atLeast: HOUR.toSeconds() },
      saysMended: true,
    },
    {
      kind: 'dead-letters',
      of: name,
      wrong: `The queue ${name} has given a message up. Its memos are failed, or parked where they may have been sent, and keep it for a replay.`,
      fix: `${run('memos --state failed')} says why. Once that is fixed, ${run('replay --state failed')} says first what it would do.`,
      // What was received, not what waits: `tend` takes a dead letter within moments, and a gauge would miss it.
      metric: deadLetters.metricNumberOfMessagesReceived({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
  ]);
  const failing = (['store', 'send', 'tend'] as const).map(
    (service): AlarmRow => ({
      kind: 'steps-failing',
      of: service,
      wrong: `The step of ${service} has failed ten times within 20 minutes. Its messages come again, and none is lost.`,
      fix: `Look for "step failed" in its log group; ${run('doctor')} says what does not answer.`,
      metric: counted('StepsFailed', MOMENT, { service }),
      when: { atLeast: 10 },
      saysMended: true,
    }),
  );

  return [
    {
      kind: 'front-door',
      wrong:
        'The bridge has answered 5xx: a webhook, a receipt or a request was not taken. Most senders come again, some never do.',
      fix: `${run('doctor')} says what is down; the log groups of receive and api say why.`,
      metric: frontDoor.httpApi.metricServerError({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
    {
      kind: 'rate-limited',
      wrong:
        'The HTTP API has answered 429: more requests came than the throttle of the stage lets in. Some senders come again after a 429, others never do.',
      fix: `See on the dashboard whether these were calls or a flood. For calls, raise throttle (requestsPerSecond, burst) in bridge.config.ts and deploy; then let each vendor send again what was refused. ${run('doctor')} says whether the functions keep up.`,
      metric: frontDoor.throttled.with({ period: MOMENT }),
      ...once,
      saysMended: true,
    },
    ...refused,
    ...silent,
    ...broken,
    ...stuck,
    ...failing,
    {
      kind: 'leases-failing',
      wrong:
        'Three times within 20 minutes SQS did not set, renew or end the lease on a message. Its messages come again, but while this goes on the bridge may stand still.',
      fix: `Look for "lease" in the log groups of store, send and tend: the error says whether SQS throttles us or a right is missing. A new deploy gives each function its rights back. ${run('doctor')} says how much waits.`,
      metric: counted('LeasesFailed', MOMENT),
      when: { atLeast: 3 },
      saysMended: true,
    },
    {
      kind: 'later-version',
      wrong:
        'A later version of Aftercall wrote a message or a row that this version cannot read, as after a rollback. The message waits in its queue, and nothing is lost for 14 days.',
      fix: `Deploy the later version again. ${run('doctor')} says how much waits.`,
      metric: counted('LaterVersions', MOMENT),
      ...once,
      saysMended: true,
    },
    ...memoAlarms(stage),
    {
      kind: 'no-sweep',
      wrong:
        'Nobody has swept for 20 minutes, which happens every five: what has lost its message stays where it is, and nothing expires.',
      fix: `The log group of tend says why, or that it does not run: is its rule in EventBridge on? ${run('doctor')} says what does not answer.`,
      metric: counted('Sweeps', SOON),
      when: { absentFor: 4 },
      saysMended: true,
    },
  ];
};

/** What becomes of the work that a function could not do. */
const AFTER: Readonly<Record<FunctionName, string>> = {
  receive: 'The sender was answered 5xx; most come again.',
  store: 'Its message comes again within 15 minutes.',
  send: 'Its message comes again within two minutes; what may have been sent is asked about first.',
  api: 'Who asked was answered 5xx; Linq sends its receipts again.',
  tend: 'The next tick does it; a dead letter comes again within four minutes.',
};
