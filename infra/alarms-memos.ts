import { type AlarmRow, commandAt, HOUR, MOMENT, once } from './alarm-row.ts';
import { countedAt } from './counted.ts';

/** The alarms that tell what has become of memos, and of what Linq says of them. */
export const memoAlarms = (stage: string): AlarmRow[] => {
  const counted = countedAt(stage);
  const run = commandAt(stage);
  return [
    {
      kind: 'rejected',
      wrong:
        'Five recordings within an hour were rejected: gone, not audio, or from where none should come. One now and then is the call system; five are a setting.',
      fix: `${run('memos --state rejected')} says why. Once that is fixed, ${run('replay --state rejected')} says first what it would do.`,
      metric: counted('MemosRejected', HOUR),
      when: { atLeast: 5 },
    },
    {
      kind: 'unrouted',
      wrong: 'A recording has no chat to go to. It is kept.',
      fix: `${run('memos --state unrouted')} says why. Add a route to bridge.config.ts, deploy, and ${run('replay --state unrouted')}; or give one its chat's id: ${run('replay ID --chat 550e8400-e29b-41d4-a716-446655440000')}.`,
      metric: counted('MemosUnrouted', MOMENT),
      ...once,
    },
    {
      kind: 'linq-refuses-us',
      wrong:
        'Linq refuses our key, line or account. Memos wait, and go out by themselves within a minute once it is right.',
      fix: `${run('doctor')} says which; ${run('secrets set LINQ_API_V3_API_KEY')} sets another key.`,
      metric: counted('LinqRefusesUs', MOMENT),
      ...once,
      saysMended: true,
    },
    {
      kind: 'failed',
      wrong: 'Three memos within an hour have failed: Linq refused them, or was away for too long.',
      fix: `${run('memos --state failed')} says why. Once that is fixed, ${run('replay --state failed')} says first what it would do.`,
      metric: counted('MemosFailed', HOUR),
      when: { atLeast: 3 },
    },
    {
      kind: 'parked',
      wrong: 'A memo may have been sent, and nobody can tell. It is not sent again without you.',
      fix: `${run('memos --state parked')} says which. Look into its chat: if it is not there, ${run('replay ID --force')}; if it is, leave it.`,
      metric: counted('MemosParked', MOMENT),
      ...once,
    },
    {
      kind: 'line-flagged',
      wrong: 'Linq has flagged one of our lines. Its memos wait until Linq says that it is well.',
      fix: `${run('linq lines')} says which, and how it is. Write to Linq, and read "Send well" in the README.`,
      metric: counted('LinesFlagged', MOMENT),
      ...once,
    },
    {
      kind: 'linq-account',
      wrong:
        "An API token of Linq's ends within a week, has ended or was deleted, or Linq has switched off a webhook subscription. With our token gone, every memo waits; with our subscription off, receipts and STOP do not reach us.",
      fix: `The log groups of api and tend name the day or the address ("linq-account"). If it is our token, make another at Linq and ${run('secrets set LINQ_API_V3_API_KEY')}; if it is our subscription, ${run('linq subscribe --replace')}. If it is not ours, nothing is to be done.`,
      metric: counted('LinqAccountChanges', MOMENT),
      ...once,
    },
    {
      kind: 'delivery-failed',
      wrong:
        'Linq could not deliver three memos within an hour that it had taken. They are not sent again by themselves.',
      fix: `${run('memos --state sent')} lists those without a receipt; ${run('memo ID')} says why. To send one again: ${run('replay ID --force')}.`,
      metric: counted('DeliveriesFailed', HOUR),
      when: { atLeast: 3 },
    },
    {
      kind: 'receipts-refused',
      wrong:
        "Five of Linq's receipts within an hour had a signature that is not Linq's, as far as we know: delivered, read and STOP may not reach us.",
      fix: `${run('linq subscribe --replace')} makes the subscription anew, and keeps its secret.`,
      metric: counted('LinqEventsRefused', HOUR),
      when: { atLeast: 5 },
      saysMended: true,
    },
    {
      kind: 'receipts-unreadable',
      wrong:
        "One of Linq's events could not be read, and Linq does not send it again. Its payload's version may be another.",
      fix: `${run('linq subscribe --replace')} makes the subscription anew, with the version that we read.`,
      metric: counted('LinqEventsUnreadable', MOMENT),
      ...once,
    },
    {
      kind: 'copies-left',
      wrong:
        "Linq did not delete its copies of an erased memo's audio, for as long as we could ask. Somebody asked for them to be gone.",
      fix: `Look for "copies are left at Linq" in the log group of tend: it names them. Delete each, DELETE /v3/attachments/{id}, with the key; ${run('doctor')} says whether Linq takes it.`,
      metric: counted('CopiesLeftAtLinq', MOMENT),
      ...once,
    },
  ];
};
