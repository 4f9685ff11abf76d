import { firstPartId, type Memo, messagesOf, partId } from '../model/memo.ts';
import { whoseFile } from '../model/memo-file.ts';
import { backOffMs, ourFaultDelayMs, type Timing } from '../model/timing.ts';
import type { Clock, Ledger, ListedMessage, Log, Messenger } from '../ports/ports.ts';

export interface FindSentPorts {
  ledger: Pick<Ledger, 'get' | 'receipt' | 'messageIdsFromReceipts'>;
  messenger: Pick<Messenger, 'listSent'>;
  clock: Clock;
  timing: Timing;
  random: () => number;
  log: Log;
}

/** What Linq's list of the chat shows about a memo that may have been sent. */
export type Seen =
  | { kind: 'found'; messageId: string; attachmentId?: string | undefined }
  | { kind: 'absent' }
  /** One of our messages may be the memo, and nothing proves it. */
  | { kind: 'untellable' }
  /** Linq gave no list, so nothing follows. `ours`: Linq refuses our key or line. */
  | { kind: 'no-list'; delayMs: number; reason: string; ours: boolean };

/** The message that carries this memo by a receipt: in the memo's chat, and not made by an earlier send. */
export const namedByReceipt = async (
  { ledger }: Pick<FindSentPorts, 'ledger'>,
  row: Memo,
): Promise<string | undefined> => {
  const known = messagesOf(row);
  const named = await ledger.messageIdsFromReceipts(row.id);
  return named.find(({ messageId, chat }) => !known.includes(messageId) && isChatOf(row, chat))?.messageId;
};

/** A receipt from another chat proves nothing: a person may have forwarded our file. */
export const isChatOf = (row: Pick<Memo, 'chat'>, chat: string | undefined): boolean =>
  chat === undefined || row.chat === undefined || chat.toLowerCase() === row.chat.toLowerCase();

/** Searches the chat for the memo, from the first attempt with an unknown result on. */
export const lookInChat = async (
  ports: FindSentPorts,
  row: Memo & { chat: string },
  receives: number,
): Promise<Seen> => {
  const { ledger, messenger, timing, random, log, clock } = ports;
  const beganMs = Date.parse(row.unknownSince ?? row.attemptedAt ?? row.updatedAt);
  const listed = await messenger.listSent(row.chat, beganMs - timing.lookBackMs);
  if (listed.kind === 'no-list') {
    if (listed.ours) log.error(OUR_FAULT, { step: 'send', memo: row.id, outcome: 'our-fault', reason: listed.reason });
    const delayMs = listed.ours ? ourFaultDelayMs(timing, random) : backOffMs(receives, timing.retry, random);
    return {
      kind: 'no-list',
      delayMs: Math.max(delayMs, listed.retryAfterMs ?? 0),
      reason: listed.reason,
      ours: listed.ours,
    };
  }
  const known = messagesOf(row);
  const candidates = listed.messages.filter(({ id }) => !known.includes(id));
  const [found] = candidates.flatMap((message) => ours(message, row) ?? []);
  const ms = clock.nowMs() - beganMs;
  log.info('asked', { step: 'send', memo: row.id, outcome: found ? 'found' : 'not found', ms });
  if (found) return { kind: 'found', ...found };

  const doubtful: ListedMessage[] = [];
  for (const message of candidates.filter((message) => mayBe(message, row))) {
    const carries = (await ledger.receipt(message.id))?.memo; // every sent memo is bound to its message
    if (carries === undefined || carries === row.id) doubtful.push(message);
  }
  const [named] = doubtful.filter(({ parts = [] }) => parts.some((part) => whoseOf(part, row) === 'one of the parts'));
  if (named && (await isOnlyPartInDoubt(ledger, row))) return { kind: 'found', messageId: named.id };
  return { kind: doubtful.length > 0 ? 'untellable' : 'absent' };
};

/** The log line of our own fault; alarms count its outcome, `our-fault`. */
export const OUR_FAULT = 'our fault: the memo waits until the fault is fixed';

type Part = NonNullable<ListedMessage['parts']>[number];

const whoseOf = ({ filename }: Part, row: Memo) => whoseFile(filename, row);

/**
 * Recognizes the memo by the attachment that we uploaded, or by its id in the file's name. Linq does not promise to
 * keep either.
 */
const ours = ({ id, parts = [] }: ListedMessage, row: Memo) => {
  const part = parts.find((part) => (row.uploaded && part.id === row.uploaded) || whoseOf(part, row) === 'ours');
  return part && { messageId: id, attachmentId: part.id };
};

/** A message without listed parts, or a message with sound whose name is not another memo's. */
const mayBe = ({ parts = [] }: ListedMessage, row: Memo): boolean =>
  parts.length === 0 ||
  parts.some(
    (part) => whoseOf(part, row) === 'one of the parts' || (whoseOf(part, row) === 'nobody' && mayBeSound(part)),
  );

/** Linq may give a voice memo the type `video/mp4`, or no type. */
const mayBeSound = ({ type = '' }: Part): boolean =>
  type === '' || /^(audio|video)\/|^(application|binary)\/(octet-stream|mp4|ogg)\b/i.test(type);

/** If this is the only part in doubt, a file of this call that no other memo carries must be this part's. */
const isOnlyPartInDoubt = async (ledger: Pick<Ledger, 'get'>, row: Memo): Promise<boolean> => {
  const parts = await partsOf(ledger, row);
  return parts.every((part) => part && (part.id === row.id || !isInDoubt(part)));
};

/** The rows of a call's parts, in order; undefined for a row that does not exist. */
export const partsOf = (ledger: Pick<Ledger, 'get'>, { id, part }: Memo): Promise<(Memo | undefined)[]> =>
  Promise.all(Array.from({ length: part?.of ?? 1 }, (_, index) => ledger.get(partId(firstPartId(id), index + 1))));

/** Whether a message of this memo may exist that we do not know. */
export const isInDoubt = ({ state, unknownSince }: Memo): boolean =>
  unknownSince !== undefined || ['sending', 'unknown', 'parked'].includes(state);

/** Linq may keep messages for only a day: for an older attempt, a list without the memo proves nothing. */
export const isForgotten = ({ clock, timing }: Pick<FindSentPorts, 'clock' | 'timing'>, row: Memo): boolean =>
  clock.nowMs() - Date.parse(row.unknownSince ?? row.attemptedAt ?? row.updatedAt) > timing.linqForgetsMs;
