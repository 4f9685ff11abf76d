import type { Memo } from './memo.ts';
import type { LinqTrace, ListedMessage, Move, StepVerdict } from './ports.ts';
import type { SendMemoPorts } from './send-memo.ts';
import { bindReceipt } from './take-receipt.ts';
import { backOffMs, isoTime } from './timing.ts';

type SettlePorts = Omit<SendMemoPorts, 'audio' | 'delivery' | 'token'>;

/**
 * Settles an attempt that may have been sent, by asking Linq: about 30 seconds, two minutes and ten minutes after it. Found
 * in the chat, or named by a receipt: `sent`. Nothing there at the last question, when POST and URL are surely dead: back to
 * `stored`, once. A second time, or where nobody can tell: `parked` for a person.
 */
export const settleMemo = async (ports: SettlePorts, row: Memo, receives: number): Promise<StepVerdict> => {
  const { ledger, messenger, clock, timing, random, log } = ports;
  const { chat } = row;
  const attemptedMs = Date.parse(row.attemptedAt ?? row.updatedAt);
  const ageMs = clock.nowMs() - attemptedMs;
  const [firstMs] = timing.askLinqAfterMs;
  const nextMs = timing.askLinqAfterMs.find((afterMs) => afterMs > ageMs);
  const known = messagesOf(row);

  const witness = (await ledger.witnesses(row.id)).find((id) => !known.includes(id));
  if (witness) return writeSent(ports, row, { messageId: witness }, { reason: "a receipt of Linq's names it" });
  if (ageMs < firstMs) return wait(ports, row, firstMs - ageMs, 'it is too soon to ask Linq');
  if (!chat || ageMs > timing.linqForgetsMs) return park(ports, row, 'too long ago for Linq to tell');

  const sinceMs = Date.parse(row.unknownSince ?? row.attemptedAt ?? row.updatedAt) - timing.clockSkewMs;
  const listed = await messenger.listSent(chat, sinceMs);
  if (listed.kind === 'no-list') {
    if (listed.ours) log.error(OUR_FAULT, { step: 'send', memo: row.id, outcome: 'our-fault', why: listed.why });
    const delayMs = listed.ours ? timing.ourFaultRetryMs : backOffMs(receives, timing.retry, random);
    return wait(ports, row, Math.max(delayMs, listed.retryAfterMs ?? 0), listed.why);
  }
  const others = listed.messages.filter(({ id }) => !known.includes(id));
  const ours = others.flatMap((message) => match(message, row) ?? []);
  const [mine] = ours;
  log.info('asked', { step: 'send', memo: row.id, outcome: mine ? 'found' : 'not found', ms: ageMs });
  if (mine) return writeSent(ports, row, mine, { reason: 'found in the chat' });
  if (nextMs !== undefined) return wait(ports, row, nextMs - ageMs, 'not in the chat yet');
  if (others.some(isUntellable)) return park(ports, row, 'the chat has a message of ours that cannot be told apart');
  if ((row.unknowns ?? 1) > 1) return park(ports, row, 'twice Linq did not say, and it is not in the chat');

  const note = { reason: 'not in the chat: it is sent again, once' };
  const set = { dueAt: isoTime(clock.nowMs()) };
  await ledger.move(row.id, { from: 'unknown', to: 'stored', where: whereOf(row), set, clear: ['token'], note });
  return { kind: 'later', delayMs: 0, why: note.reason };
};

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
    set: { linq },
    clear: ['token', 'waitingSince', 'waitingFor', 'unknowns', 'unknownSince'],
    note: { ...note, messageId },
  } as const;
  const moved =
    (row.state === 'sending' && (await ledger.move(row.id, { from: 'sending', ...sent }))) ||
    (await ledger.move(row.id, { from: 'unknown', ...sent }));
  if (!moved) {
    // A repeat of our own write fails on its trace; only a row that says otherwise is worth an alarm.
    const now = await ledger.get(row.id);
    if (now?.linq?.messageId !== messageId)
      log.error('sent, but the row had moved on', { step: 'send', memo: row.id, why: `Linq's message ${messageId}` });
    return { kind: 'done', outcome: 'sent' };
  }
  await bindReceipt(ports, row.id, messageId);
  return { kind: 'done', outcome: 'sent' };
};

const OUR_FAULT = 'our fault: the memo waits for it to be mended';

/** The messages that earlier sends of this memo made. */
const messagesOf = ({ history }: Memo): string[] => history.flatMap(({ messageId }) => messageId ?? []);

/** By the attachment that we uploaded, or by the file's name, which is the memo's. Linq is not documented to keep either. */
const match = ({ id, parts = [] }: ListedMessage, { uploaded, audio }: Memo) => {
  const filename = audio?.key.slice(audio.key.lastIndexOf('/') + 1);
  const part = parts.find((part) => (uploaded && part.id === uploaded) || (filename && part.filename === filename));
  return part && { messageId: id, attachmentId: part.id };
};

/** Sound without a name of ours, or a message whose parts Linq does not tell: it may be this memo under another name. */
const isUntellable = ({ parts }: ListedMessage): boolean =>
  parts === undefined ||
  parts.some(
    ({ filename, type }) =>
      !/^m_[a-z2-7]{26}/.test(filename ?? '') && (type === undefined || type.startsWith('audio/')),
  );

const whereOf = ({ turn, attempts }: Memo) => ({ turn, attempts });

const wait = async ({ ledger, clock }: SettlePorts, row: Memo, delayMs: number, why: string): Promise<StepVerdict> => {
  const dueAt = isoTime(clock.nowMs() + delayMs);
  await ledger.move(row.id, { from: 'unknown', to: 'unknown', where: whereOf(row), set: { dueAt } });
  return { kind: 'later', delayMs, why };
};

/** A memo that may have been sent waits for a person: posting it again could send it twice. */
const park = async ({ ledger }: SettlePorts, row: Memo, why: string): Promise<StepVerdict> => {
  const reason = `it may have been sent: ${why}`;
  await ledger.move(row.id, { from: 'unknown', to: 'parked', where: whereOf(row), clear: ['token'], note: { reason } });
  return { kind: 'done', outcome: 'parked' };
};
