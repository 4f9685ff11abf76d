import { describe, expect, test } from 'vitest';
import { onceKey } from '../../../functions/core/model/keys.ts';
import { suppress } from '../../../functions/core/policy/suppression-list.ts';
import type { Ledger, Move } from '../../../functions/core/ports/ports.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import type { Answer } from '../../fakes/messenger.scripted.ts';
import { DONE, ID, sendStep } from '../../fakes/send-step.ts';

const SECOND = 1000;

/** Something happens just after the move to `sending` was written. */
const afterSending =
  (happens: () => void | Promise<void>) =>
  (ledger: Ledger): Ledger => ({
    ...ledger,
    async move(id, move) {
      const row = await ledger.move(id, move);
      if (move.to === 'sending') await happens();
      return row;
    },
  });

describe('a memo that may have been sent', () => {
  test('that a person has parked meanwhile stays so when its answer comes late: then the log tells a person what Linq said', async () => {
    const { deliver, memo, ledger, log, messenger } = await sendStep({ answers: [DONE] });
    const parks = async () => {
      await ledger.move(ID, { from: 'sending', to: 'parked', note: { reason: 'by another run' } });
    };
    await deliver({ through: afterSending(parks) });
    expect(await memo()).toMatchObject({ state: 'parked', reason: 'by another run' });
    expect(
      log.entries
        .filter(({ level }) => level === 'error')
        .map(({ facts }) => facts.reason)
        .join(),
    ).toContain('linq-message');
    expect(messenger.posts).toHaveLength(1);
  });
});

test('an answer is written to its own attempt, never to a later one', async () => {
  const { deliver, memo, ledger } = await sendStep({ answers: [DONE] });
  const tryAgain = async () => {
    await ledger.move(ID, { from: 'sending', to: 'stored', clear: ['token'] });
    await ledger.move(ID, { from: 'stored', to: 'sending', set: { attempts: 2, token: 'theirs' } });
  };
  await deliver({ through: afterSending(tryAgain) });
  expect(await memo()).toMatchObject({ state: 'sending', attempts: 2, token: 'theirs' });
});

test.each<Answer>([
  { kind: 'refused', to: 'failed', reason: 'too large' },
  { kind: 'not-now', waitsFor: 'linq', reason: 'slow down' },
])('an answer that comes when another run has taken it for unknown leaves it to be settled: %j', async (answer) => {
  const { deliver, memo, ledger } = await sendStep({ answers: [answer] });
  const finds = async () => {
    await ledger.move(ID, { from: 'sending', to: 'unknown' });
  };
  expect(await deliver({ through: afterSending(finds) })).toMatchObject({ kind: 'later' });
  expect(await memo()).toMatchObject({ state: 'unknown' });
});

describe('a run that is overtaken writes nothing over what the other has written', () => {
  const REFUSED = { kind: 'refused', to: 'failed', reason: 'too large' } as const;
  const UNKNOWN = { kind: 'unknown', reason: 'Linq answered 500' } as const;

  test.each<Answer>([
    REFUSED,
    { kind: 'not-now', waitsFor: 'linq', reason: 'slow down' },
    { kind: 'our-fault', reason: 'no key' },
    { kind: 'cannot-fetch', reason: 'no URL' },
    UNKNOWN,
  ])('its answer does not end or move back the attempt that came after its own: %j', async (answer) => {
    const { deliver, memo, ledger, messenger } = await sendStep({ answers: [answer] });
    const { sendVoiceMemo } = messenger;
    messenger.sendVoiceMemo = async (...given) => {
      await ledger.move(ID, { from: 'sending', to: 'stored', clear: ['token'] });
      await ledger.move(ID, { from: 'stored', to: 'sending', set: { attempts: 2, token: 'theirs' } });
      return sendVoiceMemo(...given);
    };
    await deliver();
    expect(await memo()).toMatchObject({ state: 'sending', attempts: 2, token: 'theirs' });
  });

  test('nor does what it found when it made it ready, where another has tried meanwhile', async () => {
    const { deliver, memo, ledger, messenger } = await sendStep({ delivery: 'attachment', uploads: [REFUSED] });
    const { upload } = messenger;
    messenger.upload = async (...given) => {
      await ledger.move(ID, { from: 'stored', to: 'sending', set: { attempts: 1, token: 'theirs' } });
      await ledger.move(ID, { from: 'sending', to: 'stored', clear: ['token'] });
      return upload(...given);
    };
    await deliver();
    expect(await memo()).toMatchObject({ state: 'stored', attempts: 1 });
  });

  test.each([
    ['nothing there', []],
    ['something that cannot be told apart', [{ id: 'x', createdAtMs: 0, parts: [{}] }]],
  ])('nor does what the chat said, of a later attempt that is in doubt itself: %s', async (_, messages) => {
    const { deliver, memo, ledger, messenger, clock } = await sendStep({ answers: [UNKNOWN] });
    await deliver();
    clock.advance(11 * 60 * SECOND);
    messenger.listSent = async () => {
      await ledger.move(ID, { from: 'unknown', to: 'stored', clear: ['token'] });
      await ledger.move(ID, { from: 'stored', to: 'sending', set: { attempts: 2, token: 'theirs' } });
      await ledger.move(ID, { from: 'sending', to: 'unknown', set: { unknowns: 2 } });
      return { kind: 'listed', messages };
    };
    await deliver();
    expect(await memo()).toMatchObject({ state: 'unknown', attempts: 2, token: 'theirs', unknowns: 2 });
  });

  test('nor does what the chat said, of another generation', async () => {
    const { deliver, memo, ledger, messenger, clock } = await sendStep({ answers: [UNKNOWN] });
    await deliver();
    clock.advance(11 * 60 * SECOND);
    messenger.listSent = async () => {
      await ledger.move(ID, { from: 'unknown', to: 'parked' });
      await ledger.move(ID, { from: 'parked', to: 'unknown', generation: 1 });
      return { kind: 'listed', messages: [] };
    };
    await deliver();
    expect(await memo()).toMatchObject({ state: 'unknown', generation: 1 });
  });
});

describe('whoever stops a memo while its audio goes up', () => {
  const suppressed = async (happens: (step: Awaited<ReturnType<typeof sendStep>>) => Promise<unknown>) => {
    const step = await sendStep({ delivery: 'attachment', answers: [DONE] });
    const { upload } = step.messenger;
    step.messenger.upload = async (...given) => {
      await happens(step);
      return upload(...given);
    };
    return { ...step, verdict: await step.deliver() };
  };

  test('is heard: it is not posted, and the row knows of the copy that is at Linq', async () => {
    const { verdict, memo, messenger } = await suppressed((step) =>
      suppress(step, [{ chat: CHAT }], { by: 'word', reason: 'they wrote a stop word' }),
    );
    expect(verdict).toEqual({ kind: 'done', outcome: 'skipped' });
    expect(messenger.posts).toEqual([]);
    expect(await memo()).toMatchObject({ state: 'skipped', uploaded: 'attachment-1' });
  });

  test('and has it erased, leaves no copy', async () => {
    const { messenger } = await suppressed(async (step) => {
      await suppress(step, [{ chat: CHAT }], { by: 'word', reason: 'they wrote a stop word' });
      await step.ledger.leaveTombstone(ID);
    });
    expect([messenger.posts, messenger.deleted]).toEqual([[], ['attachment-1']]);
  });
});

describe('one recording in one chat', () => {
  const once = (chat: string) => onceKey(aRecording(), chat);

  test('is posted for one memo only: another that comes to it is skipped', async () => {
    const { deliver, memo, messenger, ledger } = await sendStep();
    await ledger.claim(once(CHAT), 'm_another');
    expect(await deliver()).toEqual({ kind: 'done', outcome: 'skipped' });
    expect(await memo()).toMatchObject({
      state: 'skipped',
      reason: expect.stringMatching(/another memo/),
      attempts: 0,
    });
    expect(messenger.posts).toEqual([]);
  });

  test('stays with the memo that claimed it, over every retry', async () => {
    const slow = { kind: 'not-now', waitsFor: 'linq', reason: 'slow down' } as const;
    const { deliver, memo, ledger } = await sendStep({ answers: [slow, DONE] });
    await deliver();
    expect(await ledger.claim(once(CHAT), 'm_another')).toBe(false);
    await deliver();
    expect(await memo()).toMatchObject({ state: 'sent' });
  });

  test('is in good hands where that memo fails: its row says why, and a replay of it sends it', async () => {
    const refused = { kind: 'refused', to: 'failed', reason: 'the chat was left' } as const;
    const { deliver, memo, ledger, messenger } = await sendStep({ answers: [refused, DONE] });
    await deliver();
    expect(await memo()).toMatchObject({ state: 'failed', reason: refused.reason });
    // The memo of the second target stays skipped, even by force: it would send to the same chat twice.
    expect(await ledger.claim(once(CHAT), 'm_another')).toBe(false);
    await deliver({ generation: 1 });
    expect(await memo()).toMatchObject({ state: 'sent' });
    expect(messenger.posts).toHaveLength(2);
  });
});

describe('the POST is not begun', () => {
  test('where another run has begun its own meanwhile', async () => {
    const { deliver, memo, messenger } = await sendStep();
    const other: Move = { from: 'stored', to: 'sending', set: { attempts: 1, token: 'theirs' } };
    const overtaken = (ledger: Ledger): Ledger => ({
      ...ledger,
      async move(id, move) {
        await ledger.move(id, other);
        return ledger.move(id, move);
      },
    });
    expect(await deliver({ through: overtaken })).toMatchObject({ kind: 'later' });
    expect(messenger.posts).toEqual([]);
    expect(await memo()).toMatchObject({ state: 'sending', attempts: 1, token: 'theirs' });
  });

  test('where another run has tried and stepped back meanwhile: the next delivery knows what it found', async () => {
    const { deliver, memo, messenger } = await sendStep();
    const overtaken = (ledger: Ledger): Ledger => ({
      ...ledger,
      async move(id, move) {
        await ledger.move(id, { from: 'stored', to: 'sending', set: { attempts: 1, token: 'theirs' } });
        await ledger.move(id, { from: 'sending', to: 'stored', set: { cannotFetch: 1 }, clear: ['token'] });
        return ledger.move(id, move);
      },
    });
    expect(await deliver({ through: overtaken })).toMatchObject({ kind: 'later' });
    expect(messenger.posts).toEqual([]);
    expect(await memo()).toMatchObject({ state: 'stored', attempts: 1, cannotFetch: 1 });
  });

  test('where the ledger took more than ten seconds: the memo steps back', async () => {
    const { deliver, memo, messenger, clock } = await sendStep({ answers: [DONE] });
    const slowly = afterSending(() => clock.advance(10 * SECOND + 1));
    expect(await deliver({ through: slowly })).toMatchObject({ kind: 'later' });
    expect(messenger.posts).toEqual([]);
    expect(await memo()).toMatchObject({ state: 'stored', attempts: 1 });
    await deliver();
    expect(await memo()).toMatchObject({ state: 'sent', attempts: 2 });
  });

  test('but is where the ledger took ten seconds and no more', async () => {
    const { deliver, messenger, clock } = await sendStep({ answers: [DONE] });
    await deliver({ through: afterSending(() => clock.advance(10 * SECOND)) });
    expect(messenger.posts).toHaveLength(1);
  });

  test('under a lease that is lost from the start: nothing is written either', async () => {
    const { deliver, memo, messenger } = await sendStep();
    const before = await memo();
    await expect(deliver({ lease: AbortSignal.abort(new Error('lost')) })).rejects.toThrow('lost');
    expect(messenger.posts).toEqual([]);
    expect(await memo()).toEqual(before);
  });

  test('under a lease that was lost while the audio went up', async () => {
    const { deliver, memo, messenger } = await sendStep({ delivery: 'attachment' });
    const lease = new AbortController();
    const upload = messenger.upload;
    messenger.upload = async (...given) => {
      lease.abort(new Error('lost'));
      return upload(...given);
    };
    await expect(deliver({ lease: lease.signal })).rejects.toThrow('lost');
    expect(messenger.posts).toEqual([]);
    expect(await memo()).toMatchObject({ state: 'stored' });
  });

  test('under a lease that was lost while the ledger wrote `sending`: the memo steps back', async () => {
    const { deliver, memo, messenger } = await sendStep({ answers: [DONE] });
    const lease = new AbortController();
    await deliver({ lease: lease.signal, through: afterSending(() => lease.abort(new Error('lost'))) });
    expect(messenger.posts).toEqual([]);
    expect(await memo()).toMatchObject({ state: 'stored' });
  });
});

test('a write of `sending` whose answer was lost, and whose repeat failed on its own trace, is still ours', async () => {
  const { deliver, memo, messenger } = await sendStep({ answers: [DONE] });
  // Like an SDK that retries a conditional write after a time-out:
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
  const repeating = (ledger: Ledger): Ledger => ({
    ...ledger,
    async move(id, move) {
      await ledger.move(id, move);
      return ledger.move(id, move);
    },
  });
  expect(await deliver({ through: repeating })).toEqual({ kind: 'done', outcome: 'sent' });
  expect(messenger.posts).toHaveLength(1);
  expect(await memo()).toMatchObject({ state: 'sent', attempts: 1 });
});
