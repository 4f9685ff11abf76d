import { describe, expect, test } from 'vitest';
import { isFinal, type MemoState, STATES } from '../../../functions/core/model/memo.ts';
import { aRecording, CHAT } from '../../fakes/examples.ts';
import type { Answer, UploadAnswer } from '../../fakes/messenger.scripted.ts';
import { opened } from '../../fakes/opened.ts';
import { AUDIO, DONE, ID, KEY, sendStep, TRACE } from '../../fakes/send-step.ts';

const MINUTE = 60_000;

describe('a stored memo', () => {
  test('is posted to its chat as a URL that is good for five minutes, and is sent', async () => {
    const { deliver, memo, messenger } = await sendStep({ answers: [DONE] });
    expect(await deliver()).toEqual({ kind: 'done', outcome: 'sent' });
    expect(messenger.posts).toEqual([
      { chat: CHAT, memo: { url: expect.stringMatching(new RegExp(`/${KEY}\\?X-Method=GET&X-Amz-Expires=300&`)) } },
    ]);
    expect(await memo()).toMatchObject({
      state: 'sent',
      attempts: 1,
      chat: CHAT,
      linq: { messageId: 'linq-message', attachmentId: 'linq-attachment' },
    });
    expect(await memo()).not.toHaveProperty('token');
  });

  test("tells its story: the attempt, then Linq's answer with its code and trace id", async () => {
    const { deliver, memo } = await sendStep({ answers: [DONE] });
    await deliver();
    expect((await memo()).history.slice(2)).toMatchObject([
      { state: 'sending', attempt: 1 },
      { state: 'sent', attempt: 1, ...TRACE },
    ]);
  });

  test('is `sending` in the ledger, with a token, before the POST begins', async () => {
    const { deliver, ledger, messenger } = await sendStep({ answers: [DONE] });
    const seen: unknown[] = [];
    const post = messenger.sendVoiceMemo;
    messenger.sendVoiceMemo = async (chat, memo) => {
      seen.push(await ledger.get(ID));
      return post(chat, memo);
    };
    await deliver();
    expect(seen).toMatchObject([{ state: 'sending', attempts: 1, token: expect.stringMatching(/./) }]);
  });

  test('that is erased while its audio goes up leaves no copy of it at Linq', async () => {
    const { deliver, ledger, messenger } = await sendStep({ delivery: 'attachment', answers: [DONE] });
    const { upload } = messenger;
    messenger.upload = async (audio, body) => {
      const uploaded = await upload(audio, body);
      await ledger.leaveTombstone(ID);
      return uploaded;
    };
    await deliver();
    expect([messenger.posts, messenger.uploaded.length, messenger.deleted]).toEqual([[], 1, ['attachment-1']]);
  });

  test('goes as an attachment where Linq cannot reach us', async () => {
    const { deliver, messenger } = await sendStep({ delivery: 'attachment', answers: [DONE] });
    await deliver();
    expect(messenger.uploaded).toEqual([AUDIO]);
    expect(messenger.posts).toEqual([{ chat: CHAT, memo: { attachmentId: 'attachment-1' } }]);
  });

  test('leaves no signed URL in the log or in its row', async () => {
    const { deliver, memo, log } = await sendStep({ answers: [DONE] });
    await deliver();
    expect(log.entries).not.toEqual([]);
    expect(log.text()).not.toMatch(/https?:|s3cret/);
    expect(JSON.stringify({ ...(await memo()), recording: null })).not.toContain('X-Amz-Signature');
  });
});

describe("each of Linq's answers to a POST decides what becomes of the memo", () => {
  test.each<[Answer, MemoState, object]>([
    [DONE, 'sent', { kind: 'done', outcome: 'sent' }],
    [
      { kind: 'refused', to: 'failed', reason: 'too large', code: '413' },
      'failed',
      { kind: 'done', outcome: 'failed' },
    ],
    [
      { kind: 'refused', to: 'skipped', reason: 'opted out', code: '403/2024' },
      'skipped',
      { kind: 'done', outcome: 'skipped' },
    ],
    [{ kind: 'not-now', waitsFor: 'linq', reason: 'slow down' }, 'stored', { kind: 'later', delayMs: 5000 }],
    [{ kind: 'not-now', waitsFor: 'line', reason: 'line is out' }, 'stored', { kind: 'later', delayMs: 5000 }],
    [
      { kind: 'not-now', waitsFor: 'linq', reason: 'slow down', retryAfterMs: 77_000 },
      'stored',
      { kind: 'later', delayMs: 77_000 },
    ],
    [
      { kind: 'not-now', waitsFor: 'linq', reason: 'slow down', retryAfterMs: 1000 },
      'stored',
      { kind: 'later', delayMs: 5000 },
    ],
    [{ kind: 'our-fault', reason: 'no key', code: '401/2004' }, 'stored', { kind: 'later', delayMs: 50_000 }],
    [{ kind: 'cannot-fetch', reason: 'no URL', code: '500/5002' }, 'stored', { kind: 'later', delayMs: 5000 }],
    [{ kind: 'unknown', reason: 'timed out' }, 'unknown', { kind: 'later', delayMs: 30_000 }],
  ])('%j', async (answer, state, verdict) => {
    const { deliver, memo, messenger } = await sendStep({ answers: [answer] });
    expect(await deliver()).toMatchObject(verdict);
    const row = await memo();
    expect(row).toMatchObject({ state, attempts: 1 });
    // Only a pending answer needs the token.
    if (state !== 'unknown') expect(row).not.toHaveProperty('token');
    if (answer.kind !== 'done') expect(row.reason).toContain(answer.reason);
    expect(messenger.posts).toHaveLength(1);
  });

  test('the code and the trace id of a refusal are in the row', async () => {
    const refusal: Answer = { kind: 'refused', to: 'failed', reason: 'too large', ...TRACE, code: '413/5001' };
    const { deliver, memo } = await sendStep({ answers: [refusal] });
    await deliver();
    const line = { state: 'failed', attempt: 1, reason: 'too large', code: '413/5001', traceId: TRACE.traceId };
    expect((await memo()).history.at(-1)).toMatchObject(line);
  });

  test.each<[Answer, string[]]>([
    [{ kind: 'our-fault', reason: 'no key' }, ['error']],
    [{ kind: 'unknown', reason: 'timed out' }, []],
    [{ kind: 'not-now', waitsFor: 'linq', reason: 'slow down' }, []],
  ])('a person hears of what a person must fix, and of nothing else: %j', async (answer, levels) => {
    const { deliver, log } = await sendStep({ answers: [answer] });
    await deliver();
    expect(log.entries.map(({ level }) => level).filter((level) => level !== 'info')).toEqual(levels);
  });
});

describe("each of Linq's answers to an upload leaves the memo unposted", () => {
  test.each<[UploadAnswer, MemoState, object]>([
    [{ kind: 'refused', to: 'failed', reason: 'no such type' }, 'failed', { kind: 'done', outcome: 'failed' }],
    [{ kind: 'not-now', waitsFor: 'linq', reason: 'slow down' }, 'stored', { kind: 'later', delayMs: 5000 }],
    [{ kind: 'our-fault', reason: 'no key' }, 'stored', { kind: 'later', delayMs: 50_000 }],
    [{ kind: 'unknown', reason: 'timed out' }, 'stored', { kind: 'later', delayMs: 5000 }],
    [{ kind: 'cannot-fetch', reason: 'odd' }, 'stored', { kind: 'later', delayMs: 5000 }],
  ])('%j', async (upload, state, verdict) => {
    const { deliver, memo, messenger } = await sendStep({ delivery: 'attachment', uploads: [upload] });
    expect(await deliver()).toMatchObject(verdict);
    expect(await memo()).toMatchObject({ state, attempts: 0, reason: upload.kind !== 'uploaded' && upload.reason });
    expect(messenger.posts).toEqual([]);
  });

  test.each<UploadAnswer>([
    { kind: 'not-now', waitsFor: 'linq', reason: 'slow down' },
    { kind: 'unknown', reason: 'timed out' },
  ])('and one that does not come through is given up after two hours: %j', async (upload) => {
    const uploads = Array.from({ length: 30 }, () => upload);
    const { keepDelivering, memo } = await sendStep({ delivery: 'attachment', uploads });
    const waitedMs = await keepDelivering();
    expect(waitedMs).toBeGreaterThan(120 * MINUTE);
    expect(waitedMs).toBeLessThan(136 * MINUTE); // after it comes a back-off of at most a quarter of an hour
    expect(await memo()).toMatchObject({ state: 'failed', reason: upload.kind !== 'uploaded' && upload.reason });
  });
});

describe('a message with nothing left to do', () => {
  test('of a memo that is gone is done', async () => {
    const { deliver, messenger } = await sendStep();
    const nobody = { get: async () => undefined };
    expect(await deliver({ through: (ledger) => ({ ...ledger, ...nobody }) })).toMatchObject({ kind: 'done' });
    expect(messenger.posts).toEqual([]);
  });

  test('of an older generation is dropped', async () => {
    const { deliver, messenger, memo, ledger } = await sendStep();
    const row = { ...(await memo()), generation: 2 };
    const replayed = { get: async () => row };
    const verdict = await deliver({ generation: 1, through: (real) => ({ ...real, ...replayed }) });
    expect(verdict).toEqual({ kind: 'done', outcome: 'an older generation' });
    expect(messenger.posts).toEqual([]);
    expect((await ledger.get(ID))?.state).toBe('stored');
  });

  test.each(STATES.filter(isFinal))('of a memo that is %s does nothing', async (state) => {
    const { deliver, messenger, ledger, audio } = await sendStep();
    const before = await opened(ledger, {
      id: `settled-${state}`,
      state,
      recording: aRecording(),
      target: { chat: CHAT },
    });
    const aimed = { get: async () => ledger.get(before.id) };
    const verdict = await deliver({ through: (real) => ({ ...real, ...aimed }) });
    expect(verdict).toEqual({ kind: 'done', outcome: state });
    expect(await ledger.get(before.id)).toEqual(before);
    expect(messenger.posts).toEqual([]);
    expect(audio.objects.size).toBe(1);
  });

  test('comes again while its memo is not stored yet', async () => {
    const { deliver, messenger, memo } = await sendStep();
    const row = { ...(await memo()), state: 'received' as const };
    const verdict = await deliver({ through: (real) => ({ ...real, get: async () => row }) });
    expect(verdict).toMatchObject({ kind: 'later', delayMs: 5000 });
    expect(messenger.posts).toEqual([]);
  });
});
