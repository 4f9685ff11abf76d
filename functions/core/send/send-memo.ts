import type { Audio } from '../model/audio.ts';
import { onceKey } from '../model/keys.ts';
import { isFinal, type Memo, type Target } from '../model/memo.ts';
import type { MemoMessage } from '../model/messages.ts';
import { isoTime } from '../model/timing.ts';
import { pauseWaitClock, waitingSinceMs } from '../model/wait-clock.ts';
import { takeBack } from '../operate/delete-at-linq.ts';
import { isErased } from '../operate/drop-erased.ts';
import { applyReplay } from '../operate/replay-memos.ts';
import { checkPolicy, type PolicyVerdict } from '../policy/send-policy.ts';
import type { NotSent, StepVerdict } from '../ports/ports.ts';
import { applyAnswer, byUrl, harmless, traceNote } from './apply-answer.ts';
import { bindReceipt } from './apply-receipt.ts';
import { findChat } from './find-chat.ts';
import { markUnknown } from './mark-unknown.ts';
import { checkBeforePost, reconcileMemo } from './reconcile-memo.ts';
import { recordSent } from './record-sent.ts';
import type { SendMemoPorts } from './send-ports.ts';
import { noteWait } from './waits-behind.ts';

/** `uploaded`: only just, which may have taken a minute. */
type Ready = { kind: 'ready'; memo: { url: string } | { attachmentId: string }; uploaded?: string };
type Sendable = Memo & { audio: Audio; chat: string };

/**
 * Sends one memo, once. Linq's endpoint takes no idempotency key, so the order is the promise: make everything ready,
 * write `sending` with a fresh token, POST within seconds, write the answer where the token still stands. Whatever may
 * have been sent and is not known to be is asked about before anything is posted again: `reconcile-memo.ts`.
 */
export const sendMemo = (ports: SendMemoPorts) => {
  const { ledger, messenger, clock, timing, token, log } = ports;

  return async (message: MemoMessage, receives: number, lease: AbortSignal): Promise<StepVerdict> => {
    const storedRow = await ledger.get(message.memo);
    if (!storedRow) return { kind: 'done', outcome: 'no row: erased or expired' };
    if (message.generation < storedRow.generation) return { kind: 'done', outcome: 'an older generation' };
    const verdict = await send(storedRow, message, receives, lease);
    await noteWait(ports, storedRow, verdict);
    return verdict;
  };

  async function send(
    storedRow: Memo,
    message: MemoMessage,
    receives: number,
    lease: AbortSignal,
  ): Promise<StepVerdict> {
    const isReplay = message.generation > storedRow.generation && !message.anew;
    const row = isReplay ? await applyReplay(ledger, storedRow, message.generation, message.force) : storedRow;
    if (row.state === 'sending') return markUnknown(ports, row);
    if (row.state === 'unknown') return reconcileMemo(ports, row, receives);
    if (isFinal(row.state)) {
      if (row.linq) await bindReceipt(ports, row.id, row.linq.messageId); // the run that wrote `sent` may have died here
      return { kind: 'done', outcome: row.state };
    }
    if (row.state !== 'stored' || !row.audio || !row.target) {
      return { kind: 'later', delayMs: timing.retry.firstMs, reason: `it is ${row.state}` };
    }

    if (await isErased(ports.keyValues, row)) return ERASED;
    const found = row.chat ? { kind: 'chat' as const, chat: row.chat } : await chatOf(ports, row.id, row.target);
    if (found.kind === 'held') return deferOrSkip(ports, row, found.held);
    if (found.kind === 'unrouted') {
      await ledger.move(row.id, {
        from: 'stored',
        to: 'unrouted',
        where: { generation: row.generation },
        note: { reason: found.reason },
      });
      return { kind: 'done', outcome: 'unrouted' };
    }
    if (found.kind !== 'chat') return applyAnswer(ports, row, 'stored', harmless(found), receives);
    const { chat } = found;
    if (!(await ledger.claim(onceKey(row.recording, chat, row.part?.number), row.id))) {
      const reason = 'another memo carries this recording to this chat';
      await ledger.move(row.id, {
        from: 'stored',
        to: 'skipped',
        where: { generation: row.generation },
        note: { reason },
      });
      return { kind: 'done', outcome: 'skipped' };
    }

    const held = await checkPolicy(ports.keyValues, { memo: row.id, chat, target: row.target, nowMs: clock.nowMs() });
    if (held.kind !== 'free') return deferOrSkip(ports, row, held);

    const settled = await checkBeforePost(ports, { ...row, chat }, receives);
    if (settled) return settled;

    const ready = await makeReady(ports, { ...row, audio: row.audio, chat });
    if (ready.kind !== 'ready') return applyAnswer(ports, row, 'stored', ready, receives);
    if (ready.uploaded !== undefined) {
      const since = await checkPolicy(ports.keyValues, {
        memo: row.id,
        chat,
        target: row.target,
        nowMs: clock.nowMs(),
      });
      if (since.kind !== 'free') return deferOrSkip(ports, row, since, ready.uploaded);
    }

    if (await isErased(ports.keyValues, row)) {
      const { memo } = ready;
      // Its row knows nothing of a copy that has just gone up.
      if ('attachmentId' in memo && memo.attachmentId !== row.uploaded)
        await takeBack(ports, row.id, memo.attachmentId);
      return ERASED;
    }

    lease.throwIfAborted();
    const attempt = row.attempts + 1;
    const attemptToken = token();
    const begunMs = clock.nowMs();
    const moved = await ledger.move(row.id, {
      from: 'stored',
      to: 'sending',
      where: { attempts: row.attempts, generation: row.generation },
      set: {
        attempts: attempt,
        token: attemptToken,
        chat,
        attemptedAt: isoTime(begunMs),
        ...(row.waitingSince && { waitingSince: isoTime(waitingSinceMs(row, begunMs)) }),
        ...('attachmentId' in ready.memo && { uploaded: ready.memo.attachmentId }),
      },
      clear: ['pausedAt'],
      note: { attempt },
    });
    // A write whose answer was lost is repeated by the SDK, and fails on its own trace: the token says whose it is.
    const sending = moved ?? (await ledger.get(row.id));
    if (!sending && 'attachmentId' in ready.memo) await takeBack(ports, row.id, ready.memo.attachmentId);
    if (sending?.state !== 'sending' || sending.token !== attemptToken)
      return { kind: 'later', delayMs: timing.retry.firstMs, reason: 'another run has it' };
    if (lease.aborted || clock.nowMs() - begunMs > timing.startPostMs) {
      const reason = lease.aborted ? 'the lease was lost before the POST' : 'the ledger was too slow to begin';
      return applyAnswer(ports, sending, 'sending', { kind: 'not-now', reason, waitsFor: 'linq' }, receives);
    }

    const answer = await messenger.sendVoiceMemo(chat, ready.memo);
    log.info('answered', { step: 'send', memo: row.id, outcome: answer.kind, ms: clock.nowMs() - begunMs });
    if (answer.kind !== 'done') return applyAnswer(ports, sending, 'sending', answer, receives);
    return recordSent(ports, sending, answer, traceNote(answer, attempt));
  }
};

/** `store` erases its row, to which the sweep leads. */
const ERASED: StepVerdict = { kind: 'done', outcome: 'erased' };

const makeReady = async (ports: SendMemoPorts, row: Sendable): Promise<Ready | NotSent> => {
  const { audio, messenger, timing } = ports;
  // Gone for good: a URL to nothing would be tried, and an upload fail, without end.
  if (!(await audio.head(row.audio.key))) return { kind: 'refused', to: 'failed', reason: 'its audio has expired' };
  if (byUrl(ports, row)) {
    return { kind: 'ready', memo: { url: await audio.presignGet(row.audio, timing.presignMs) } };
  }
  if (row.uploaded) return { kind: 'ready', memo: { attachmentId: row.uploaded } };
  const uploaded = await messenger.upload(row.audio, () => audio.read(row.audio.key));
  if (uploaded.kind !== 'uploaded') return harmless(uploaded);
  const { attachmentId } = uploaded;
  return { kind: 'ready', memo: { attachmentId }, uploaded: attachmentId };
};

/** A chat may be opened with a first message, which must not reach one whom the memo itself would not. */
const chatOf = async (ports: SendMemoPorts, id: string, target: Target) => {
  if ('chat' in target) return { kind: 'chat' as const, chat: target.chat };
  const held = await checkPolicy(ports.keyValues, { memo: id, target, nowMs: ports.clock.nowMs() });
  return held.kind === 'free' ? findChat(ports, { id }, target) : { kind: 'held' as const, held };
};

/**
 * For the recipient's sake: not at all, or not now.
 * @param uploaded the copy that is at Linq by now: the row keeps it for later, or for its erasure
 */
const deferOrSkip = async (
  ports: SendMemoPorts,
  row: Memo,
  held: Exclude<PolicyVerdict, { kind: 'free' }>,
  uploaded?: string,
): Promise<StepVerdict> => {
  const { ledger, clock } = ports;
  const note = { reason: held.reason };
  const stops = held.kind === 'suppressed';
  const nowMs = clock.nowMs();
  const moved = await ledger.move(row.id, {
    from: 'stored',
    to: stops ? 'skipped' : 'stored',
    where: { generation: row.generation },
    set: {
      ...(uploaded !== undefined && { uploaded }),
      ...(!stops && { dueAt: isoTime(nowMs + held.delayMs), ...pauseWaitClock(row, nowMs) }),
    },
    ...((stops || row.reason !== held.reason) && { note }),
  });
  if (!moved && uploaded !== undefined && !(await ledger.get(row.id))) await takeBack(ports, row.id, uploaded);
  return stops ? { kind: 'done', outcome: 'skipped' } : { kind: 'later', delayMs: held.delayMs, reason: held.reason };
};
