import type { Memo } from '../model/memo.ts';
import { isoTime } from '../model/timing.ts';
import { pauseWaitClock } from '../model/wait-clock.ts';
import type { LinqTrace, Move, StepVerdict } from '../ports/ports.ts';
import { asSent, bindReceipt } from './apply-receipt.ts';
import { isForgotten, lookInChat, namedByReceipt } from './find-sent.ts';
import type { SendMemoPorts } from './send-memo.ts';

type SettlePorts = Omit<SendMemoPorts, 'audio' | 'delivery' | 'token'>;

/**
 * Settles an attempt that may have been sent, by asking Linq: about 30 seconds, two minutes and ten minutes after it. Found
 * in the chat, or named by a receipt: `sent`. Nothing there at the last question, when POST and URL are surely dead: back to
 * `stored`, once. A second time, or where nobody can tell: `parked` for a person.
 */
export const settleMemo = async (ports: SettlePorts, row: Memo, receives: number): Promise<StepVerdict> => {
  const { ledger, clock, timing } = ports;
  const { chat } = row;
  const ageMs = clock.nowMs() - Date.parse(row.attemptedAt ?? row.updatedAt);
  const [firstMs] = timing.askLinqAfterMs;
  const nextMs = timing.askLinqAfterMs.find((afterMs) => afterMs > ageMs);

  const named = await namedByReceipt(ports, row);
  if (named) return writeSent(ports, row, { messageId: named }, NAMED);
  if (ageMs < firstMs) return wait(ports, row, firstMs - ageMs, 'it is too soon to ask Linq');
  if (!chat) return park(ports, row, TOO_LONG_AGO);

  const seen = await lookInChat(ports, { ...row, chat }, receives);
  if (seen.kind === 'found') return writeSent(ports, row, seen, FOUND);
  if (nextMs === undefined && isForgotten(ports, row)) return park(ports, row, TOO_LONG_AGO);
  if (seen.kind === 'no-list') return wait(ports, row, seen.delayMs, seen.why, seen.ours);
  if (nextMs !== undefined) return wait(ports, row, nextMs - ageMs, 'not in the chat yet');
  if (seen.kind === 'untellable') return park(ports, row, UNTELLABLE);
  if ((row.unknowns ?? 1) > 1)
    return park(ports, row, 'Linq gave no answer twice, and the chat does not list the memo');

  const note = { reason: 'not in the chat: it is sent again, once' };
  const set = { dueAt: isoTime(clock.nowMs()), unknownSince: row.unknownSince ?? row.attemptedAt ?? row.updatedAt };
  await ledger.move(row.id, { from: 'unknown', to: 'stored', where: whereOf(row), set, clear: ['token'], note });
  return { kind: 'later', delayMs: 0, why: note.reason };
};

/**
 * Before a memo is posted, once an attempt of which nobody knows the end lies in its past, in this turn or an earlier one: what do
 * receipts and the chat say by now? Linq may have listed it meanwhile.
 * @returns undefined where it may be posted
 */
export const lookBeforePost = async (
  ports: SettlePorts,
  row: Memo & { chat: string },
  receives: number,
): Promise<StepVerdict | undefined> => {
  if (row.unknownSince === undefined) return undefined;
  const named = await namedByReceipt(ports, row);
  if (named) return writeSent(ports, row, { messageId: named }, NAMED);
  const seen = await lookInChat(ports, row, receives);
  if (seen.kind === 'found') return writeSent(ports, row, seen, FOUND);
  if (isForgotten(ports, row)) return park(ports, row, TOO_LONG_AGO);
  if (seen.kind === 'no-list') return wait(ports, row, seen.delayMs, seen.why, seen.ours);
  return seen.kind === 'untellable' ? park(ports, row, UNTELLABLE) : undefined;
};

const NAMED = { reason: "a receipt of Linq's names it" };
const FOUND = { reason: 'found in the chat' };
const UNTELLABLE = 'the chat has a message of ours that cannot be told apart';
const TOO_LONG_AGO = 'too long ago for Linq to tell';

/** An attempt whose answer nobody knows: a run's own, or one that a run which died has left in `sending`. */
export const findUnknown = async (
  { ledger, clock, timing }: SettlePorts,
  row: Memo,
  note: Move['note'] = { reason: 'a run ended between the attempt and its answer' },
): Promise<StepVerdict> => {
  const attemptedAt = row.attemptedAt ?? isoTime(clock.nowMs());
  const [firstMs] = timing.askLinqAfterMs;
  const delayMs = Math.max(0, Date.parse(attemptedAt) + firstMs - clock.nowMs());
  await ledger.move(row.id, {
    from: 'sending',
    to: 'unknown',
    where: whereOf(row),
    set: {
      attemptedAt,
      unknowns: (row.unknowns ?? 0) + 1,
      unknownSince: row.unknownSince ?? attemptedAt,
      dueAt: isoTime(clock.nowMs() + delayMs),
      ...pauseWaitClock(row, clock.nowMs()),
    },
    note,
  });
  return { kind: 'later', delayMs, why: note.reason ?? 'unknown' };
};

/** Writes that Linq has it, from the attempt itself or out of doubt. A late answer is as good as one in time. */
export const writeSent = async (
  ports: Pick<SettlePorts, 'ledger' | 'log'>,
  row: Memo,
  { messageId, attachmentId }: { messageId: string; attachmentId?: string | undefined },
  note: Pick<NonNullable<Move['note']>, 'reason' | 'attempt'> & LinqTrace,
): Promise<StepVerdict> => {
  const { ledger, log } = ports;
  const linq = { messageId, ...(attachmentId && { attachmentId }) };
  const sent = {
    to: 'sent',
    where: row.token ? { token: row.token } : whereOf(row),
    ...asSent(row, linq),
    note: { ...note, messageId },
  } as const;
  const from = row.state === 'stored' || row.state === 'sending' ? row.state : 'unknown';
  if (!(await ledger.move(row.id, { from, ...sent }))) {
    const now = await ledger.get(row.id);
    const isLate = from === 'sending' && now?.state === 'unknown';
    if (!(isLate && (await ledger.move(row.id, { from: 'unknown', ...sent })))) {
      if (!now || now.linq?.messageId !== messageId) {
        log.error('sent, but the row had moved on', { step: 'send', memo: row.id, why: `Linq's message ${messageId}` });
        return { kind: 'done', outcome: 'sent' };
      }
      // A receipt was first, or it is our own write, which the SDK has repeated. Only the answer knows of Linq's copy.
      if (attachmentId && !now.linq.attachmentId) {
        const where = { turn: now.turn, attempts: now.attempts };
        await ledger.move(row.id, { from: now.state, to: now.state, where, set: { linq }, note });
      }
    }
  }
  await bindReceipt(ports, row.id, messageId);
  return { kind: 'done', outcome: 'sent' };
};

const whereOf = ({ turn, attempts }: Memo) => ({ turn, attempts });

/** Puts off what is asked about, in `unknown` or before a POST. Its wait clock stands still: nobody says "not now" to it. */
/** @param ours it waits for us to mend our own fault: `queue-anew.ts` and the dead letters treat it so */
const wait = async (
  { ledger, clock }: SettlePorts,
  row: Memo,
  delayMs: number,
  why: string,
  ours = false,
): Promise<StepVerdict> => {
  const nowMs = clock.nowMs();
  const set = {
    dueAt: isoTime(nowMs + delayMs),
    ...pauseWaitClock(row, nowMs),
    ...(ours && { waitingFor: 'us' as const, ownFaultSince: row.ownFaultSince ?? isoTime(nowMs) }),
  };
  await ledger.move(row.id, { from: row.state, to: row.state, where: whereOf(row), set });
  return { kind: 'later', delayMs, why };
};

/** A memo that may have been sent waits for a person: posting it again could send it twice. */
const park = async ({ ledger }: SettlePorts, row: Memo, why: string): Promise<StepVerdict> => {
  const reason = `it may have been sent: ${why}`;
  await ledger.move(row.id, { from: row.state, to: 'parked', where: whereOf(row), clear: ['token'], note: { reason } });
  return { kind: 'done', outcome: 'parked' };
};
