import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type AlarmRules, withHook } from '../functions/config.ts';
import { type AlarmRow, commandAt, HOUR, MOMENT, once, SOON } from './alarm-row.ts';
import { dropsAlarms } from './alarms-drops.ts';
import { memoAlarms } from './alarms-memos.ts';
import { countedAt } from './counted.ts';
import type { FrontDoor } from './front-door.ts';
import type { AftercallFunction } from './lambda.ts';
import type { ConnectedSources, FunctionName } from './secrets.ts';
import type { WorkQueue } from './work-queue.ts';

/** The resources that have alarms. */
export interface Monitored {
  stage: string;
  sources: ConnectedSources;
  frontDoor: FrontDoor;
  functions: Readonly<Record<FunctionName, AftercallFunction>>;
  queues: Readonly<Record<'recordings' | 'memos', WorkQueue>>;
  /** Of new objects; absent where no bucket names a source. */
  drops?: WorkQueue;
}

/**
 * Every alarm, in the order of the data's path. No alarm depends on what a function remembers, since a function that
 * crashes cannot report: AWS counts crashes, time-outs and failed starts, and a missing event rings by its absence.
 */
export const alarmRows = (monitored: Monitored, rules: AlarmRules = {}): AlarmRow[] => {
  const { stage, sources, frontDoor, functions, queues, drops } = monitored;
  const { silentAfterHours = {}, refusedPerHour = 5 } = rules;
  const counted = countedAt(stage);
  const run = commandAt(stage);

  const refused = Object.entries(withHook(sources)).map(([source, { secrets }]): AlarmRow => {
    const [secret] = secrets;
    const set = secret ? ` To set the secret again: ${run(`secrets set ${secret.name}`)}.` : '';
    return {
      kind: 'refused',
      of: source,
      wrong: `The bridge refuses webhooks of ${source}: their signature is wrong, or the secret of ${source} is absent. Some vendors then switch the hook off without a notice.`,
      fix: `Compare the URL at the vendor with ${run('hooks')}, and the secret there with ours.${set} Then have the vendor send the refused webhooks again.`,
      metric: counted('EventsRefused', HOUR, { source }),
      when: { atLeast: refusedPerHour },
      notifiesWhenOver: true,
    };
  });
  const whySilent = (source: string, hours: number) => {
    const time = hours === 1 ? 'an hour' : `${hours} hours`;
    if (sources[source]?.classifyObject)
      return {
        wrong: `No new object of ${source} has come for ${time}. The call system may have stopped recording, or may write below another prefix.`,
        fix: `Check that the bucket has new recordings below the prefix that buckets in bridge.config.ts names, and that Amazon EventBridge is on in its properties.`,
      };
    return {
      wrong: `No webhook has come from ${source} for ${time}. The vendor may have switched the hook off, or may send to another URL.`,
      fix: `Check at the vendor that the hook is on and has the URL of ${run('hooks')}. ${run('doctor')} checks that the bridge answers there.`,
    };
  };
  const silent = Object.entries(silentAfterHours).map(
    ([source, hours]): AlarmRow => ({
      kind: 'silent',
      of: source,
      ...whySilent(source, hours),
      metric: counted('EventsTaken', HOUR, { source }),
      when: { absentFor: hours },
      notifiesWhenOver: true,
    }),
  );
  const broken = Object.entries(functions).flatMap(([name, { lambda }]): AlarmRow[] => [
    {
      kind: 'errors',
      of: name,
      wrong: `The function ${name} crashed, ran out of time or memory, or did not start. ${AFTER[name as FunctionName]}`,
      fix: `Read the cause in the log group of ${name}. ${run('doctor')} checks the set-up.`,
      metric: lambda.metricErrors({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
    {
      kind: 'throttles',
      of: name,
      wrong: `AWS did not run the function ${name}, because the account's concurrency, or the concurrency reserved for ${name}, was used up. ${AFTER[name as FunctionName]}`,
      fix: `${run('doctor')} compares the account's limit with concurrency in bridge.config.ts. Lower concurrency there and deploy, or ask AWS for more (Service Quotas, Lambda, concurrent executions).`,
      metric: lambda.metricThrottles({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
  ]);
  const stuck = Object.entries(queues).flatMap(([name, { queue, deadLetters }]): AlarmRow[] => [
    {
      kind: 'oldest-message',
      of: name,
      wrong: `A message in the queue ${name} has waited for an hour: its function does not run, or ${name === 'recordings' ? 'a host of recordings' : 'Linq'} does not answer. Nothing is lost for 14 days.`,
      fix: `${run('doctor')} names what is down. ${run(`memos --state ${name === 'recordings' ? 'received' : 'stored'}`)} shows why each memo waits.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ period: SOON, statistic: Stats.MAXIMUM }),
      when: { atLeast: HOUR.toSeconds() },
      notifiesWhenOver: true,
    },
    {
      kind: 'dead-letters',
      of: name,
      wrong: `SQS has delivered a message of the queue ${name} a thousand times, and delivers it no more. Its memos are failed, or parked if they may have been sent. A replay can try them again.`,
      fix: `${run('memos --state failed')} shows the reason. Remove its cause, then replay: ${run('replay --state failed')} shows what it would do, and asks.`,
      // Counts received messages, not waiting ones: `tend` takes a dead letter within moments, and a gauge would miss it.
      metric: deadLetters.metricNumberOfMessagesReceived({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
  ]);
  const failing = steppingIn(monitored).map(
    (service): AlarmRow => ({
      kind: 'steps-failing',
      of: service,
      wrong: `${service} has failed ten times within 20 minutes. SQS delivers its messages again, and none is lost.`,
      fix: `Search for "step failed" in the log group of ${service}. ${run('doctor')} names what does not answer.`,
      metric: counted('StepsFailed', MOMENT, { service }),
      when: { atLeast: 10 },
      notifiesWhenOver: true,
    }),
  );

  return [
    {
      kind: 'front-door',
      wrong:
        'The bridge has answered 5xx to a webhook, a receipt or a request, and has not accepted it. Most senders send again, some never do.',
      fix: `${run('doctor')} names what is down. The log groups of receive and api have the cause.`,
      metric: frontDoor.httpApi.metricServerError({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
    {
      kind: 'not-taken',
      wrong:
        'The bridge could not accept a webhook, and has answered the status after which its sender sends again, which is no 5xx. Nothing is lost if the cause is gone in time.',
      fix: `${run('doctor')} names what is down. Search for "request failed" in the log group of receive.`,
      metric: counted('EventsNotTaken', MOMENT),
      ...once,
    },
    {
      kind: 'rate-limited',
      wrong:
        'The HTTP API has answered 429, because more requests came than the throttle of the stage allows. Some senders send again after a 429, others never do.',
      fix: `Check on the dashboard whether these were calls or a flood. For calls, raise throttle (requestsPerSecond, burst) in bridge.config.ts and deploy; then have each vendor send the refused webhooks again. ${run('doctor')} checks whether the functions keep up.`,
      metric: frontDoor.throttled.with({ period: MOMENT }),
      ...once,
      notifiesWhenOver: true,
    },
    ...refused,
    ...silent,
    ...broken,
    ...stuck,
    ...(drops ? dropsAlarms(stage, drops) : []),
    ...failing,
    {
      kind: 'leases-failing',
      wrong:
        'Three times within 20 minutes SQS did not set, renew or end the lease on a message. SQS delivers the messages again, but meanwhile the bridge may stand still.',
      fix: `Search for "lease" in the log groups of ${inWords(steppingIn(monitored))}: the error shows whether SQS throttles the bridge or a permission is missing. A new deploy restores the permissions. ${run('doctor')} shows how many messages wait.`,
      metric: counted('LeasesFailed', MOMENT),
      when: { atLeast: 3 },
      notifiesWhenOver: true,
    },
    {
      kind: 'later-version',
      wrong:
        'A later version of Aftercall, before a rollback, wrote a message or a row that this version cannot read. The message waits in its queue, and nothing is lost for 14 days.',
      fix: `Deploy the later version again. ${run('doctor')} shows how many messages wait.`,
      metric: counted('LaterVersions', MOMENT),
      ...once,
      notifiesWhenOver: true,
    },
    ...memoAlarms(stage),
    {
      kind: 'no-sweep',
      wrong:
        'The sweep, which tend runs every five minutes, has not run for 20 minutes. Until it runs, a memo that has lost its message is not tried again, and old rows do not expire.',
      fix: `Read the log group of tend. If it is empty, check that the rule of tend in EventBridge is enabled. ${run('doctor')} names what does not answer.`,
      metric: counted('Sweeps', SOON),
      when: { absentFor: 4 },
      notifiesWhenOver: true,
    },
  ];
};

const inWords = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** The functions that consume a queue. */
export const steppingIn = ({ drops }: Pick<Monitored, 'drops'>): FunctionName[] => [
  ...(drops ? (['receive'] as const) : []),
  'store',
  'send',
  'tend',
];

/** What happens to work that a function did not finish. */
const AFTER: Readonly<Record<FunctionName, string>> = {
  receive: 'The senders got a 5xx; most send again.',
  store: 'SQS delivers its message again within 15 minutes.',
  send: 'SQS delivers its message again within two minutes. Before a memo that may have been sent goes again, Linq is asked.',
  api: 'The callers got a 5xx; Linq sends its receipts again.',
  tend: 'It runs again within five minutes; SQS delivers a dead letter again within four minutes.',
};
