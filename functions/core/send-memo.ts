import type { Audio } from './audio.ts';
import { isSettled, type Memo, onceKey } from './memo.ts';
import type { MemoMessage } from './messages.ts';
import type { AudioStore, Clock, Ledger, LinqTrace, Log, Messenger, Move, SendOutcome, StepVerdict } from './ports.ts';
import { backOffMs, type Timing } from './timing.ts';

/** `url`: Linq fetches a presigned URL. `attachment`: we upload to Linq first, as from a laptop that Linq cannot reach. */
export type Delivery = 'url' | 'attachment';

export interface SendMemoPorts {
  ledger: Ledger;
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
type NotSent = Exclude<SendOutcome, { kind: 'done' }> & LinqTrace;
type Sendable = Memo & { audio: Audio; chat: string };

/**
 * Sends one memo, once. Linq's endpoint takes no idempotency key, so the order is the promise: make everything ready,
 * write `sending` with a fresh token, POST within seconds, write the answer where the token still stands. Whatever may
 * have been sent and is not known to be is never posted again.
 */
export const sendMemo = (ports: SendMemoPorts) => {
  const { ledger, messenger, clock, timing, token, log } = ports;

  return async (message: MemoMessage, receives: number, lease: AbortSignal): Promise<StepVerdict> => {
    const row = await ledger.get(message.memo);
    if (!row) return { kind: 'done', outcome: 'no row: erased or expired' };
    if (message.turn < row.turn) return { kind: 'done', outcome: 'an older turn' };
    if (row.state === 'sending') return park(ports, row, 'a run died between the attempt and its answer');
    if (row.state === 'unknown') return park(ports, row, row.reason ?? 'unknown');
    if (isSettled(row.state)) return { kind: 'done', outcome: row.state };
    if (row.state !== 'stored' || !row.audio || !row.target) {
      return { kind: 'later', delayMs: timing.retry.firstMs, why: `it is ${row.state}` };
    }

    const chat = row.chat ?? row.target.chat;
    if (!(await ledger.claim(onceKey(row.recording, chat, row.part?.number), row.id))) {
      const reason = 'another memo carries this recording to this chat';
      await ledger.move(row.id, { from: 'stored', to: 'skipped', where: { turn: row.turn }, note: { reason } });
      return { kind: 'done', outcome: 'skipped' };
    }

    const ready = await makeReady(ports, { ...row, audio: row.audio, chat });
    if (ready.kind !== 'ready') return settle(ports, row, 'stored', ready, receives);

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
        ...('attachmentId' in ready.memo && { uploaded: ready.memo.attachmentId }),
      },
      note: { attempt },
    });
    // A write whose answer was lost is repeated by the SDK, and fails on its own trace: the token says whose it is.
    const sending = moved ?? (await ledger.get(row.id));
    if (sending?.state !== 'sending' || sending.token !== mine)
      return { kind: 'later', delayMs: timing.retry.firstMs, why: 'another run has it' };
    if (lease.aborted || clock.nowMs() - begunMs > timing.startPostMs) {
      const why = lease.aborted ? 'the lease was lost before the POST' : 'the ledger was too slow to begin';
      return settle(ports, sending, 'sending', { kind: 'not-now', why, patience: 'linq' }, receives);
    }

    const answer = await messenger.sendVoiceMemo(chat, ready.memo);
    log.info('answered', { step: 'send', memo: row.id, outcome: answer.kind, ms: clock.nowMs() - begunMs });
    if (answer.kind !== 'done') return settle(ports, sending, 'sending', answer, receives);
    const { messageId, attachmentId } = answer;
    const linq = { messageId, ...(attachmentId && { attachmentId }) };
    const sent = await ledger.move(row.id, {
      from: 'sending',
      to: 'sent',
      where: { token: mine },
      set: { linq },
      clear: ['token', 'waitingSince', 'waitingFor'],
      note: noteOf(answer, attempt),
    });
    // Here too a repeat of our own write may fail on its trace; only a row that says otherwise is worth an alarm.
    if (!sent && (await ledger.get(row.id))?.linq?.messageId !== messageId)
      log.error('sent, but the row had moved on', { step: 'send', memo: row.id, why: `Linq's message ${messageId}` });
    return { kind: 'done', outcome: 'sent' };
  };
};

/** Once a URL has failed Linq twice it will fail again: then the audio goes up as an attachment. */
const byUrl = ({ delivery }: SendMemoPorts, row: Memo): boolean => delivery === 'url' && row.cannotFetch < 2;

const makeReady = async (ports: SendMemoPorts, row: Sendable): Promise<Ready | NotSent> => {
  const { audio, messenger, timing } = ports;
  if (byUrl(ports, row)) {
    return { kind: 'ready', memo: { url: await audio.presignGet(row.audio, timing.presignMs) } };
  }
  if (row.uploaded) return { kind: 'ready', memo: { attachmentId: row.uploaded } };
  const uploaded = await messenger.upload(row.audio, () => audio.read(row.audio.key));
  if (uploaded.kind === 'uploaded') return { kind: 'ready', memo: { attachmentId: uploaded.attachmentId } };
  // An upload sends nothing, so one that nobody knows the end of may simply be done again.
  const again = uploaded.kind === 'unknown' || uploaded.kind === 'cannot-fetch';
  return again ? { ...uploaded, kind: 'not-now', patience: 'linq' } : uploaded;
};

/** Writes what came of an attempt (from `sending`), or of making it ready (from `stored`). */
const settle = async (
  ports: SendMemoPorts,
  row: Memo,
  from: 'stored' | 'sending',
  answer: NotSent,
  receives: number,
): Promise<StepVerdict> => {
  const { ledger, clock, timing, log } = ports;
  const where = {
    turn: row.turn,
    ...(from === 'sending' && row.token ? { token: row.token } : { attempts: row.attempts }),
  };
  const move = (rest: Pick<Move, 'to' | 'set' | 'clear'>) =>
    ledger.move(row.id, { from, where, note: { ...noteOf(answer, row.attempts), reason: answer.why }, ...rest });

  switch (answer.kind) {
    case 'refused':
      await move({ to: answer.to, clear: ['token'] });
      return { kind: 'done', outcome: answer.to };
    case 'unknown':
      await move({ to: 'unknown' });
      return park(ports, { ...row, state: 'unknown' }, answer.why);
    case 'our-fault':
      log.error('our fault: the memo waits for it to be mended', { memo: row.id, why: answer.why });
      await move({ to: 'stored', clear: ['token', 'waitingSince', 'waitingFor'] });
      return { kind: 'later', delayMs: timing.ourFaultRetryMs, why: answer.why };
    case 'cannot-fetch':
      if (!byUrl(ports, row)) {
        await move({ to: 'failed', clear: ['token'] });
        return { kind: 'done', outcome: 'failed' };
      }
      await move({ to: 'stored', set: { cannotFetch: row.cannotFetch + 1 }, clear: ['token'] });
      return later(ports, receives, answer.why);
    case 'not-now': {
      const since = row.waitingSince ?? new Date(clock.nowMs()).toISOString();
      const waitingFor = row.waitingFor === 'line' ? 'line' : answer.patience;
      const patienceMs = waitingFor === 'line' ? timing.lineTroubleMs : timing.notNowMs;
      if (clock.nowMs() - Date.parse(since) > patienceMs) {
        await move({ to: 'failed', clear: ['token'] });
        return { kind: 'done', outcome: 'failed' };
      }
      await move({ to: 'stored', set: { waitingSince: since, waitingFor }, clear: ['token'] });
      return later(ports, receives, answer.why, answer.retryAfterMs);
    }
  }
};

const later = ({ timing, random }: SendMemoPorts, receives: number, why: string, retryAfterMs = 0): StepVerdict => ({
  kind: 'later',
  delayMs: Math.max(retryAfterMs, backOffMs(receives, timing.retry, random)),
  why,
});

/** A memo that may have been sent waits for a person: posting it again could send it twice. */
const park = async ({ ledger, log }: SendMemoPorts, row: Memo, why: string): Promise<StepVerdict> => {
  const reason = `it may have been sent: ${why}`;
  const where = { turn: row.turn, attempts: row.attempts };
  if (row.state === 'sending') {
    await ledger.move(row.id, { from: 'sending', to: 'unknown', where, note: { reason: why } });
  }
  await ledger.move(row.id, { from: 'unknown', to: 'parked', where, clear: ['token'], note: { reason } });
  log.error('parked for a person', { step: 'send', memo: row.id, why });
  return { kind: 'done', outcome: 'parked' };
};

const noteOf = ({ code, traceId }: LinqTrace, attempt: number): NonNullable<Move['note']> => ({
  attempt,
  ...(code && { code }),
  ...(traceId && { traceId }),
});
