import { Duration } from 'aws-cdk-lib';
import { type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { WatchRules } from '../functions/config.ts';
import { countedAt } from './counted.ts';
import type { FrontDoor } from './front-door.ts';
import type { AftercallFunction } from './lambda.ts';
import type { ConnectedSources, FunctionName } from './secrets.ts';
import type { WorkQueue } from './work-queue.ts';

/** What there is to watch. */
export interface Watched {
  stage: string;
  sources: ConnectedSources;
  frontDoor: FrontDoor;
  functions: Readonly<Record<FunctionName, AftercallFunction>>;
  queues: Readonly<Record<'recordings' | 'memos', WorkQueue>>;
}

export interface AlarmRow {
  /** As its line in docs/watch.md is called. */
  kind: string;
  /** Which source, function or queue, where each has one. */
  of?: string;
  /** What is wrong, and what it means. */
  wrong: string;
  /** What to do, with the command. */
  mend: string;
  metric: IMetric;
  /** It speaks at so many, or where in so many periods, one after the other, there was none. */
  when: { atLeast: number } | { absentFor: number };
  /** It ends when it is mended, and says so too. One that tells of a single event would only say that time has passed. */
  saysMended?: true;
}

/** Longer than the slowest retry, 15 minutes: what goes on is one alarm, which does not come and go. */
const MOMENT = Duration.minutes(20);
const SOON = Duration.minutes(5);
const HOUR = Duration.hours(1);

/**
 * Every alarm, in the order the data meets it. None is made of what a function gathers and may take with it when it dies:
 * what it cannot tell any more (a crash, a time-out, no start at all) AWS counts, and what never happens is an alarm by
 * its absence.
 */
export const alarmRows = (watched: Watched, rules: WatchRules = {}): AlarmRow[] => {
  const { stage, sources, frontDoor, functions, queues } = watched;
  const { silentAfterHours = {}, refusedPerHour = 5 } = rules;
  const counted = countedAt(stage);
  const run = (command: string) => `\`npx aftercall ${command} --stage ${stage}\``;
  const once = { when: { atLeast: 1 } } as const;

  const refused = Object.entries(sources).map(([source, { secrets }]): AlarmRow => {
    const [secret] = secrets;
    const set = secret ? `; ${run(`secrets set ${secret.name}`)} sets its secret anew` : '';
    return {
      kind: 'refused',
      of: source,
      wrong: `Webhooks of ${source} are refused: their signature is wrong, or its secret is absent. Senders switch such a hook off and say nothing.`,
      mend: `Compare the secret and the URL at the vendor with ${run('hooks')}${set}. Then let the vendor send again what was refused.`,
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
      mend: `Look at the vendor whether the hook is on and leads to the URL of ${run('hooks')}; ${run('doctor')} says whether we answer there.`,
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
      mend: `Its log group says why; ${run('doctor')} whether something is not set up.`,
      metric: lambda.metricErrors({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
    {
      kind: 'throttles',
      of: name,
      wrong: `AWS would not run the function ${name}: the account's concurrency, or what is reserved for it, was used up. ${AFTER[name as FunctionName]}`,
      mend: `Ask AWS for more concurrency, or change storeConcurrency or receiveReservedConcurrency in infra/app.ts. ${run('doctor')} says how much waits.`,
      metric: lambda.metricThrottles({ period: SOON, statistic: Stats.SUM }),
      ...once,
    },
  ]);
  const stuck = Object.entries(queues).flatMap(([name, { queue, deadLetters }]): AlarmRow[] => [
    {
      kind: 'oldest-message',
      of: name,
      wrong: `A message in the queue ${name} has waited for an hour: the queue stands still, or the other side is down. Nothing is lost for 14 days.`,
      mend: `${run('doctor')} says what is down, and ${run(`memos --state ${name === 'recordings' ? 'received' : 'stored'}`)} what each waits for.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ period: SOON, statistic: Stats.MAXIMUM }),
      when: { atLeast: HOUR.toSeconds() },
      saysMended: true,
    },
    {
      kind: 'dead-letters',
      of: name,
      wrong: `The queue ${name} has given a message up. Its memos are failed, or parked where they may have been sent, and keep it for a replay.`,
      mend: `${run('memos --state failed')} says why. Once that is mended, ${run('replay --state failed')} says first what it would do.`,
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
      mend: `Look for "step failed" in its log group; ${run('doctor')} says what does not answer.`,
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
      mend: `${run('doctor')} says what is down; the log groups of receive and api say why.`,
      metric: frontDoor.httpApi.metricServerError({ period: SOON, statistic: Stats.SUM }),
      ...once,
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
      mend: `Look for "lease" in the log groups of store, send and tend: the error says whether SQS throttles us or a right is missing. A new deploy gives each function its rights back. ${run('doctor')} says how much waits.`,
      metric: counted('LeasesFailed', MOMENT),
      when: { atLeast: 3 },
      saysMended: true,
    },
    {
      kind: 'later-version',
      wrong:
        'A later version of Aftercall wrote a message or a row that this version cannot read, as after a rollback. The message waits in its queue, and nothing is lost for 14 days.',
      mend: `Deploy the later version again. ${run('doctor')} says how much waits.`,
      metric: counted('LaterVersions', MOMENT),
      ...once,
      saysMended: true,
    },
    {
      kind: 'rejected',
      wrong:
        'Five recordings within an hour were rejected: gone, not audio, or from where none should come. One now and then is the call system; five are a setting.',
      mend: `${run('memos --state rejected')} says why. Once that is mended, ${run('replay --state rejected')} says first what it would do.`,
      metric: counted('MemosRejected', HOUR),
      when: { atLeast: 5 },
    },
    {
      kind: 'unrouted',
      wrong: 'A recording has no chat to go to. It is kept.',
      mend: `${run('memos --state unrouted')} says why. Add a route to bridge.config.ts, deploy, and ${run('replay --state unrouted')}; or give one its chat's id: ${run('replay ID --chat 550e8400-e29b-41d4-a716-446655440000')}.`,
      metric: counted('MemosUnrouted', MOMENT),
      ...once,
    },
    {
      kind: 'linq-refuses-us',
      wrong:
        'Linq refuses our key, line or account. Memos wait, and go out by themselves within 15 minutes of its mending.',
      mend: `${run('doctor')} says which; ${run('secrets set LINQ_API_V3_API_KEY')} sets another key.`,
      metric: counted('LinqRefusesUs', MOMENT),
      ...once,
      saysMended: true,
    },
    {
      kind: 'failed',
      wrong: 'Three memos within an hour have failed: Linq refused them, or was away for too long.',
      mend: `${run('memos --state failed')} says why. Once that is mended, ${run('replay --state failed')} says first what it would do.`,
      metric: counted('MemosFailed', HOUR),
      when: { atLeast: 3 },
    },
    {
      kind: 'parked',
      wrong: 'A memo may have been sent, and nobody can tell. It is not sent again without you.',
      mend: `${run('memos --state parked')} says which. Look into its chat: if it is not there, ${run('replay ID --force')}; if it is, leave it.`,
      metric: counted('MemosParked', MOMENT),
      ...once,
    },
    {
      kind: 'line-flagged',
      wrong: 'Linq has flagged one of our lines. Its memos wait until Linq says that it is well.',
      mend: `${run('linq lines')} says which, and how it is. Write to Linq, and read "Send well" in the README.`,
      metric: counted('LinesFlagged', MOMENT),
      ...once,
    },
    {
      kind: 'delivery-failed',
      wrong:
        'Linq could not deliver three memos within an hour that it had taken. They are not sent again by themselves.',
      mend: `${run('memos --state sent')} lists those without a receipt; ${run('memo ID')} says why. To send one again: ${run('replay ID --force')}.`,
      metric: counted('DeliveriesFailed', HOUR),
      when: { atLeast: 3 },
    },
    {
      kind: 'receipts-refused',
      wrong:
        "Five of Linq's receipts within an hour had a signature that is not Linq's, as far as we know: delivered, read and STOP may not reach us.",
      mend: `${run('linq subscribe --replace')} makes the subscription anew, and keeps its secret.`,
      metric: counted('LinqEventsRefused', HOUR),
      when: { atLeast: 5 },
      saysMended: true,
    },
    {
      kind: 'receipts-unreadable',
      wrong:
        "One of Linq's events could not be read, and Linq does not send it again. Its payload's version may be another.",
      mend: `${run('linq subscribe --replace')} makes the subscription anew, with the version that we read.`,
      metric: counted('LinqEventsUnreadable', MOMENT),
      ...once,
    },
    {
      kind: 'copies-left',
      wrong:
        "Linq did not delete its copies of an erased memo's audio, for as long as we could ask. Somebody asked for them to be gone.",
      mend: `Look for "copies are left at Linq" in the log group of tend: it names them. Delete each, DELETE /v3/attachments/{id}, with the key; ${run('doctor')} says whether Linq takes it.`,
      metric: counted('CopiesLeftAtLinq', MOMENT),
      ...once,
    },
    {
      kind: 'no-sweep',
      wrong:
        'Nobody has swept for 20 minutes, which happens every five: what has lost its message stays where it is, and nothing expires.',
      mend: `The log group of tend says why, or that it does not run: is its rule in EventBridge on? ${run('doctor')} says what does not answer.`,
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
  tend: 'The next tick does it; a dead letter comes again within a minute.',
};
