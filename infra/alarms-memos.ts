import { causeById, fixFor } from '../functions/core/observe/causes/cause-of.ts';
import { type AlarmRow, commandAt, HOUR, MOMENT, once } from './alarm-row.ts';
import { countedAt } from './counted.ts';

/** The alarms about memos, and about Linq's receipts and events. */
export const memoAlarms = (stage: string): AlarmRow[] => {
  const counted = countedAt(stage);
  const run = commandAt(stage);
  return [
    {
      kind: 'rejected',
      wrong:
        'Five recordings within an hour were rejected: deleted at their host, not audio, or on a host that is not allowed. Five usually mean that a setting is wrong.',
      fix: `${run('memos --state rejected')} shows the reasons. Remove the cause, then replay: ${run('replay --state rejected')} shows what it would do, and asks.`,
      metric: counted('MemosRejected', HOUR),
      when: { atLeast: 5 },
    },
    {
      kind: 'unrouted',
      ...inTheWordsOf('no_route', stage),
      metric: counted('MemosUnrouted', MOMENT),
      ...once,
    },
    {
      kind: 'linq-refuses-us',
      wrong:
        'Linq refuses the API key, the line or the account. Memos wait. Aftercall sends them by itself within a minute after the cause is removed.',
      fix: `${run('doctor')} shows what Linq refuses. To set another key: ${run('secrets set LINQ_API_V3_API_KEY')}.`,
      metric: counted('LinqRefusesUs', MOMENT),
      ...once,
      notifiesWhenOver: true,
    },
    {
      kind: 'failed',
      wrong:
        'Three memos within an hour have failed: Linq refused them, or did not answer for too long. They are not tried again by themselves.',
      fix: `${run('memos --state failed')} shows the reasons. Remove the cause, then replay: ${run('replay --state failed')} shows what it would do, and asks.`,
      metric: counted('MemosFailed', HOUR),
      when: { atLeast: 3 },
    },
    {
      kind: 'parked',
      ...inTheWordsOf('may_have_been_sent', stage),
      metric: counted('MemosParked', MOMENT),
      ...once,
    },
    {
      kind: 'line-flagged',
      wrong:
        'Linq has flagged one of the lines. The memos of this line wait until Linq reports that it is active again.',
      fix: `${run('linq lines')} shows each line and its health. Write to Linq, and read "Send well" in the README.`,
      metric: counted('LinesFlagged', MOMENT),
      ...once,
    },
    {
      kind: 'linq-account',
      wrong:
        'An API token of the Linq account ends within a week, has ended or was deleted, or Linq has switched off a webhook subscription. Without the token of the bridge every memo waits. Without its subscription no receipt and no STOP arrives.',
      fix: `Search for "linq-account" in the log groups of api and tend: the line names the day or the URL. If it is the token of the bridge, make a new token at Linq and run ${run('secrets set LINQ_API_V3_API_KEY')}. If it is its subscription, run ${run('linq subscribe --replace')}. Otherwise do nothing.`,
      metric: counted('LinqAccountChanges', MOMENT),
      ...once,
    },
    {
      kind: 'delivery-failed',
      wrong:
        'Linq accepted memos, and then could not deliver three of them within an hour. Aftercall does not send them again by itself.',
      fix: `${run('memos --state sent')} lists the memos without a receipt; ${run('memo ID')} shows the reason. To send a memo again: ${run('replay ID --force')}.`,
      metric: counted('DeliveriesFailed', HOUR),
      when: { atLeast: 3 },
    },
    {
      kind: 'receipts-refused',
      wrong:
        "Five of Linq's events within an hour had a wrong signature and were refused. Receipts and STOP may not arrive.",
      fix: `${run('linq subscribe --replace')} makes a new subscription and stores its secret.`,
      metric: counted('LinqEventsRefused', HOUR),
      when: { atLeast: 5 },
      notifiesWhenOver: true,
    },
    {
      kind: 'receipts-unreadable',
      wrong:
        'Aftercall could not read an event of Linq, and Linq does not send it again. The subscription may be for another version of the events.',
      fix: `${run('linq subscribe --replace')} makes a new subscription, with the version that Aftercall reads.`,
      metric: counted('LinqEventsUnreadable', MOMENT),
      ...once,
    },
    {
      kind: 'copies-left',
      wrong: "A memo was erased, but Linq did not delete its copies of the memo's audio. Aftercall has stopped asking.",
      fix: `Search for "copies are left at Linq" in the log group of tend: the line names the copies. Delete each with the Linq key: DELETE /v3/attachments/{id}. ${run('doctor')} checks the key.`,
      metric: counted('CopiesLeftAtLinq', MOMENT),
      ...once,
    },
  ];
};

/** The texts that the page, the command and the doctor show for the same cause. */
const inTheWordsOf = (id: string, stage: string): Pick<AlarmRow, 'wrong' | 'fix'> => {
  const cause = causeById(id);
  return { wrong: `${cause.what}. ${cause.why}`, fix: fixFor(cause, { stage }) };
};
