import type { Audio } from './audio.ts';
import { type Held, heldBack } from './courtesy.ts';
import { isErased } from './drop-erased.ts';
import { takeBack } from './erase-at-linq.ts';
import { findChat, noteOfChat } from './find-chat.ts';
import { isSettled, type Memo, onceKey, type Target } from './memo.ts';
import type { MemoMessage } from './messages.ts';
import { waitingSinceMs } from './patience.ts';
import type {
  AudioStore,
  Clock,
  Ledger,
  LinqTrace,
  Log,
  Messenger,
  Move,
  Notes,
  NotSent,
  StepVerdict,
} from './ports.ts';
import { takeUp } from './replay-memos.ts';
import { findUnknown, settleMemo, writeSent } from './settle-memo.ts';
import { putOnStopList, recipientsOf } from './stop-list.ts';
import { bindReceipt } from './take-receipt.ts';
import { backOffMs, isoTime, type Timing } from './timing.ts';

/** `url`: Linq fetches a presigned URL. `attachment`: we upload to Linq first, as from a laptop that Linq cannot reach. */
export type Delivery = 'url' | 'attachment';

export interface SendMemoPorts {
  ledger: Ledger;
  notes: Notes;
  audio: AudioStore;
  messenger: Messenger;
  delivery: Delivery;
  clock: Clock;
  timing: Timing;
  random: () => number;
  /** Fresh for each attempt. */
  token: () => string;
  log: Log;
}

type Ready = { kind: 'ready'; memo: { url: string } | { attachmentId: string } };
type Sendable = Memo & { audio: Audio; chat: string };

/**
 * Sends one memo, once. Linq's endpoint takes no idempotency key, so the order is the promise: make everything ready,
 * write `sending` with a fresh token, POST within seconds, write the answer where the token still stands. Whatever may
 * have been sent and is not known to be is asked about before anything is posted again: `settle-memo.ts`.
 */
export const sendMemo = (ports: SendMemoPorts) => {
  const { ledger, messenger, clock, timing, token, log } = ports;

  return async (message: MemoMessage, receives: number, lease: AbortSignal): Promise<StepVerdict> => {
    const kept = await ledger.get(message.memo);
    if (!kept) return { kind: 'done', outcome: 'no row: erased or expired' };
    if (message.turn < kept.turn) return { kind: 'done', outcome: 'an older turn' };
    const row = message.turn > kept.turn ? await takeUp(ledger, kept, message.turn, message.force) : kept;
    if (row.state === 'sending') return findUnknown(ports, row);
    if (row.state === 'unknown') return settleMemo(ports, row, receives);
    if (isSettled(row.state)) {
      if (row.linq) await bindReceipt(ports, row.id, row.linq.messageId); // the run that wrote `sent` may have died here
      return { kind: 'done', outcome: row.state };
    }
    if (row.state !== 'stored' || !row.audio || !row.target) {
      return { kind: 'later', delayMs: timing.retry.firstMs, why: `it is ${row.state}` };
    }

    if (await isErased(ports.notes, row)) return ERASED;
    const found = row.chat ? { kind: 'chat' as const, chat: row.chat } : await chatOf(ports, row.id, row.target);
    if (found.kind === 'held') return holdBack(ports, row, found.held);
    if (found.kind === 'unrouted') {
      await ledger.move(row.id, {
        from: 'stored',
        to: 'unrouted',
        where: { turn: row.turn },
        note: { reason: found.why },
      });
      return { kind: 'done', outcome: 'unrouted' };
    }
    if (found.kind !== 'chat') return settle(ports, row, 'stored', harmless(found), receives);
    const { chat } = found;
    if (!(await ledger.claim(onceKey(row.recording, chat, row.part?.number), row.id))) {
      const reason = 'another memo carries this recording to this chat';
      await ledger.move(row.id, { from: 'stored', to: 'skipped', where: { turn: row.turn }, note: { reason } });
      return { kind: 'done', outcome: 'skipped' };
    }

    const held = await heldBack(ports.notes, { memo: row.id, chat, target: row.target, nowMs: clock.nowMs() });
    if (held.kind !== 'free') return holdBack(ports, row, held);

    const ready = await makeReady(ports, { ...row, audio: row.audio, chat });
    if (ready.kind !== 'ready') return settle(ports, row, 'stored', ready, receives);

    if (await isErased(ports.notes, row)) {
      const { memo } = ready;
      // Its row knows nothing of a copy that has just gone up.
      if ('attachmentId' in memo && memo.attachmentId !== row.uploaded)
        await takeBack(ports, row.id, memo.attachmentId);
      return ERASED;
    }

    lease.throwIfAborted();
    const attempt = row.attempts + 1;
    const mine = token();
    const begunMs = clock.nowMs();
    const moved = await ledger.move(row.id, {
      from: 'stored',
      to: 'sending',
      where: { attempts: row.attempts, turn: row.turn },
      set: {
        attempts: attempt,
        token: mine,
        chat,
        attemptedAt: isoTime(begunMs),
        ...(row.waitingSince && { waitingSince: isoTime(waitingSinceMs(row, begunMs, timing)) }),
        ...('attachmentId' in ready.memo && { uploaded: ready.memo.attachmentId }),
      },
      note: { attempt },
    });
    // A write whose answer was lost is repeated by the SDK, and fails on its own trace: the token says whose it is.
    const sending = moved ?? (await ledger.get(row.id));
    if (!sending && 'attachmentId' in ready.memo) await takeBack(ports, row.id, ready.memo.attachmentId);
    if (sending?.state !== 'sending' || sending.token !== mine)
      return { kind: 'later', delayMs: timing.retry.firstMs, why: 'another run has it' };
    if (lease.aborted || clock.nowMs() - begunMs > timing.startPostMs) {
      const why = lease.aborted ? 'the lease was lost before the POST' : 'the ledger was too slow to begin';
      return settle(ports, sending, 'sending', { kind: 'not-now', why, patience: 'linq' }, receives);
    }

    const answer = await messenger.sendVoiceMemo(chat, ready.memo);
    log.info('answered', { step: 'send', memo: row.id, outcome: answer.kind, ms: clock.nowMs() - begunMs });
    if (answer.kind !== 'done') return settle(ports, sending, 'sending', answer, receives);
    return writeSent(ports, sending, answer, noteOf(answer, attempt));
  };
};

/** `store` erases its row, to which the sweep leads. */
const ERASED: StepVerdict = { kind: 'done', outcome: 'erased' };

/** Linq abandons a chat when it moves its people to another line: one that was found by its people is found again, once. */
const CHAT_GONE = '404/2001';
const OPTED_OUT = '403/2024';

/** Once a URL has failed Linq twice it will fail again: then the audio goes up as an attachment. */
const byUrl = ({ delivery }: SendMemoPorts, row: Memo): boolean => delivery === 'url' && row.cannotFetch < 2;

const makeReady = async (ports: SendMemoPorts, row: Sendable): Promise<Ready | NotSent> => {
  const { audio, messenger, timing } = ports;
  // Gone for good: a URL to nothing would be tried, and an upload fail, without end.
  if (!(await audio.head(row.audio.key))) return { kind: 'refused', to: 'failed', why: 'its audio has expired' };
  if (byUrl(ports, row)) {
    return { kind: 'ready', memo: { url: await audio.presignGet(row.audio, timing.presignMs) } };
  }
  if (row.uploaded) return { kind: 'ready', memo: { attachmentId: row.uploaded } };
  const uploaded = await messenger.upload(row.audio, () => audio.read(row.audio.key));
  if (uploaded.kind === 'uploaded') return { kind: 'ready', memo: { attachmentId: uploaded.attachmentId } };
  return harmless(uploaded);
};

/** What sends no memo (an upload, finding or opening a chat) may be done again where nobody knows its end. */
const harmless = (outcome: NotSent): NotSent =>
  outcome.kind === 'unknown' || outcome.kind === 'cannot-fetch'
    ? { ...outcome, kind: 'not-now', patience: 'linq' }
    : outcome;

/** A chat may be opened with a first message, which must not reach one whom the memo itself would not. */
const chatOf = async (ports: SendMemoPorts, id: string, target: Target) => {
  if ('chat' in target) return { kind: 'chat' as const, chat: target.chat };
  const held = await heldBack(ports.notes, { memo: id, target, nowMs: ports.clock.nowMs() });
  return held.kind === 'free' ? findChat(ports, { id }, target) : { kind: 'held' as const, held };
};

/** For the recipient's sake: not at all, or not now. */
const holdBack = async ({ ledger, clock }: SendMemoPorts, row: Memo, held: Exclude<Held, { kind: 'free' }>) => {
  const note = { reason: held.why };
  const where = { turn: row.turn };
  if (held.kind === 'stopped') {
    await ledger.move(row.id, { from: 'stored', to: 'skipped', where, note });
    return { kind: 'done', outcome: 'skipped' } as const;
  }
  const set = { dueAt: isoTime(clock.nowMs() + held.delayMs) };
  const told = row.reason === held.why ? {} : { note };
  await ledger.move(row.id, { from: 'stored', to: 'stored', where, set, ...told });
  return { kind: 'later', delayMs: held.delayMs, why: held.why } as const;
};

/** Writes what came of an attempt (from `sending`), or of making it ready (from `stored`). */
const settle = async (
  ports: SendMemoPorts,
  row: Memo,
  from: 'stored' | 'sending',
  answer: NotSent,
  receives: number,
): Promise<StepVerdict> => {
  const { ledger, notes, clock, timing, random, log } = ports;
  const where = {
    turn: row.turn,
    ...(from === 'sending' && row.token ? { token: row.token } : { attempts: row.attempts }),
  };
  const note = { ...noteOf(answer, row.attempts), reason: answer.why };
  const end = async (to: 'failed' | 'skipped'): Promise<StepVerdict> => {
    const moved = await ledger.move(row.id, { from, to, where, note, clear: ['token'] });
    return moved ? { kind: 'done', outcome: to } : whatItIsNow(ports, row.id);
  };
  const back = async (delayMs: number, rest: Pick<Move, 'set' | 'clear'>): Promise<StepVerdict> => {
    const set = { ...rest.set, dueAt: isoTime(clock.nowMs() + delayMs) };
    await ledger.move(row.id, { from, to: 'stored', where, note, set, clear: ['token', ...(rest.clear ?? [])] });
    return { kind: 'later', delayMs, why: answer.why };
  };
  const backOff = (leastMs = 0) => Math.max(leastMs, backOffMs(receives, timing.retry, random));

  switch (answer.kind) {
    case 'refused':
      if (answer.code === CHAT_GONE && row.chat && row.target && !('chat' in row.target) && !row.lookedUpAgain) {
        await notes.remove(noteOfChat(row.target));
        return back(backOff(), { set: { lookedUpAgain: true }, clear: ['chat'] });
      }
      if (answer.code === OPTED_OUT)
        await putOnStopList(ports, recipientsOf(row), { by: 'linq', why: 'Linq says that they opted out' });
      return end(answer.to);
    case 'unknown':
      return findUnknown(ports, row, note);
    case 'our-fault':
      log.error('our fault: the memo waits for it to be mended', {
        step: 'send',
        memo: row.id,
        outcome: 'our-fault',
        why: answer.why,
      });
      return back(timing.ourFaultRetryMs, { set: { waitingFor: 'us' }, clear: ['waitingSince'] });
    case 'cannot-fetch':
      if (!byUrl(ports, row)) return end('failed');
      return back(backOff(), { set: { cannotFetch: row.cannotFetch + 1 } });
    case 'not-now': {
      const longMs = (answer.retryAfterMs ?? 0) > timing.notNowMs; // a daily allowance: 429 may ask for hours
      const waitingFor = row.waitingFor === 'line' || longMs ? 'line' : answer.patience;
      const sinceMs = waitingSinceMs(row, clock.nowMs(), timing);
      if (clock.nowMs() - sinceMs > (waitingFor === 'line' ? timing.lineTroubleMs : timing.notNowMs))
        return end('failed');
      return back(backOff(answer.retryAfterMs), {
        set: { waitingSince: isoTime(sinceMs), waitingFor },
      });
    }
  }
};

/** Another run has written meanwhile: its row says whether anything is left to do. */
const whatItIsNow = async ({ ledger, timing }: SendMemoPorts, id: string): Promise<StepVerdict> => {
  const row = await ledger.get(id);
  if (!row || isSettled(row.state)) return { kind: 'done', outcome: row?.state ?? 'no row' };
  return { kind: 'later', delayMs: timing.retry.firstMs, why: `another run made it ${row.state}` };
};

const noteOf = ({ code, traceId }: LinqTrace, attempt: number): NonNullable<Move['note']> => ({
  attempt,
  ...(code && { code }),
  ...(traceId && { traceId }),
});
