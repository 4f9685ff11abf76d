import { describe, expect, test } from 'vitest';
import { LINQ_ANSWERS } from '../../../../functions/adapters/messenger.linq-answers.ts';
import { type MemoState, STATES } from '../../../../functions/core/model/memo.ts';
import { CAUSES, causeOf, fixFor } from '../../../../functions/core/observe/causes/cause-of.ts';
import { filesOf, textsIn } from './texts-in-code.ts';

/** Where reasons of rows are made: the steps, and the adapters whose answers a step writes down. */
const MAKERS = [
  ...filesOf('functions/core/store'),
  ...filesOf('functions/core/send'),
  'functions/core/policy/send-policy.ts',
  'functions/core/operate/keep-unreadable.ts',
  'functions/core/tend/handle-dead-letter.ts',
  'functions/core/model/route.ts',
  ...filesOf('functions/adapters', /^(messenger|recordings)/),
];

/** Texts in these files that never are the reason of a row which waits or has ended, or that are a part of one. */
const NO_REASON = [
  // Outcomes of a step, for its log line.
  ...['no row: erased or expired', 'an older generation', 'no row', 'not found', 'one of the parts', 'not erased'],
  ...['the memo is still 7', 'our fault: the memo waits until the fault is fixed', 'Linq could not deliver a message'],
  // Of rows that were sent.
  ...["Linq's receipt names the memo", "Linq's message 7", 'found in the chat'],
  // Of parked rows, behind "the memo may have been sent: "; every parked row has one cause.
  ...['Linq gave no answer twice, and the chat does not list the memo', 'the memo may have been sent: 7'],
  'one of our messages in the chat may be the memo, and nothing proves it',
  'the attempt is too old: Linq may have deleted the message',
  // Parts of other reasons.
  '; the later memos of its chat no longer wait for it',
  '; the first 7 of its 7 characters are kept',
  ...['waits behind 7: 7', '7; asked for a fresh URL: 7', '7; who called whom: 7'],
  // Of the suppression list's entry, and a word of the configuration.
  ...['Linq says that they opted out', 'remote party'],
];

const found = textsIn(MAKERS).filter(({ text }) => !NO_REASON.includes(text));
const UNROUTED = ['no route for this recording'];
const statesOf = (text: string): MemoState[] =>
  UNROUTED.includes(text) ? ['unrouted'] : STATES.filter((state) => state !== 'unrouted' && state !== 'parked');

describe('every reason that the code can write has a cause', () => {
  test.each(found)('$file: $text', ({ text }) => {
    const causes = statesOf(text).flatMap((state) => causeOf({ state, reason: text })?.id ?? []);
    // These two take every other reason of a rejected or failed row.
    expect(causes.filter((id) => id !== 'not_audio' && id !== 'other')).not.toEqual([]);
  });

  test('the list of texts that are no reasons names only texts of these files', () => {
    const texts = textsIn(MAKERS).map(({ text }) => text);
    expect(NO_REASON.filter((text) => !texts.includes(text))).toEqual([]);
  });

  test.each(Object.entries(LINQ_ANSWERS))("Linq's %s has a cause in each state that it leads to", (_code, answer) => {
    const states: Record<typeof answer.kind, MemoState[]> = {
      refused: [answer.to ?? 'failed'],
      'not-now': ['stored', 'failed'],
      'our-fault': ['stored'],
      'cannot-fetch': ['stored', 'failed'],
      unknown: ['unknown'],
    };
    for (const state of states[answer.kind])
      expect(causeOf({ state, reason: answer.reason })?.id ?? 'other', state).not.toBe('other');
  });

  test('whatever the audio engine says of a file, the rejected row has a cause', () => {
    for (const { text } of textsIn(filesOf('functions/audio')))
      expect(causeOf({ state: 'rejected', reason: text }), text).toBeDefined();
  });

  test('a row that ends without a reason of its own has the cause of its state', () => {
    for (const state of ['parked', 'unrouted', 'failed'] as const) expect(causeOf({ state }), state).toBeDefined();
    for (const state of ['received', 'stored', 'sending', 'sent', 'delivered', 'read'] as const)
      expect(causeOf({ state }), state).toBeUndefined();
  });
});

test.each([
  ['Linq knows no such thing', 'Linq does not find the chat or the message', 'failed', 'no_such_chat'],
  ['what Linq sends through is out', 'a service that Linq sends through is down', 'unknown', 'linq_silent'],
] as const)('a row with the earlier text "%s" keeps its cause', (earlier, now, state, id) => {
  expect([earlier, now].map((reason) => causeOf({ state, reason })?.id)).toEqual([id, id]);
});

describe('a cause', () => {
  test('has texts that are sentences, and an id of its own', () => {
    expect(new Set(CAUSES.map(({ id }) => id)).size).toBe(CAUSES.length);
    for (const { what, why, fix } of CAUSES) {
      expect(what).toMatch(/^[A-Z].*[^.]$/);
      for (const sentence of [why, fix]) expect(sentence).toMatch(/^[A-Z`].*[.]$/);
    }
  });

  test('of a memo behind another memo is the cause of the memo in front', () => {
    const reason = 'waits behind m_abcdefghijklmnopqrstuvwxyz: Linq refuses our key';
    expect(causeOf({ state: 'stored', reason })?.id).toBe('linq_key_refused');
  });

  test('names its commands with the memo and the stage', () => {
    const fix = 'Run `npx aftercall replay ID --force`, or do `nothing`.';
    expect(fixFor({ fix }, { id: 'm_1', stage: 'prod' })).toBe(
      'Run `npx aftercall replay m_1 --force --stage prod`, or do `nothing`.',
    );
  });
});
