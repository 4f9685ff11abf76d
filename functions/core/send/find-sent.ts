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

/** What Linq's list of the chat says of a memo that may have been sent. */
export type Seen =
  | { kind: 'found'; messageId: string; attachmentId?: string | undefined }
  | { kind: 'absent' }
  /** There is a message of ours that may be the memo. */
  | { kind: 'untellable' }
  /** Linq gave no list: nothing can be concluded. */
  | { kind: 'no-list'; delayMs: number; reason: string; ours: boolean };

/** A message that a receipt names as this memo: in its chat, and not made by an earlier send of it. */
export const namedByReceipt = async (
  { ledger }: Pick<FindSentPorts, 'ledger'>,
  row: Memo,
): Promise<string | undefined> => {
  const known = messagesOf(row);
  const named = await ledger.messageIdsFromReceipts(row.id);
  return named.find(({ messageId, chat }) => !known.includes(messageId) && isChatOf(row, chat))?.messageId;
};

/** What is said of another chat proves nothing: a person may have forwarded our file there. */
export const isChatOf = (row: Pick<Memo, 'chat'>, chat: string | undefined): boolean =>
  chat === undefined || row.chat === undefined || chat.toLowerCase() === row.chat.toLowerCase();

/** Looks through the chat, since the first attempt whose end nobody knows. */
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
    const carries = (await ledger.receipt(message.id))?.memo; // each memo that was sent has its message bound to it
    if (carries === undefined || carries === row.id) doubtful.push(message);
  }
  const [named] = doubtful.filter(({ parts = [] }) => parts.some((part) => whoseOf(part, row) === 'one of the parts'));
  if (named && (await isOnlyPartInDoubt(ledger, row))) return { kind: 'found', messageId: named.id };
  return { kind: doubtful.length > 0 ? 'untellable' : 'absent' };
};

export const OUR_FAULT = 'our fault: the memo waits for it to be fixed';

type Part = NonNullable<ListedMessage['parts']>[number];

const whoseOf = ({ filename }: Part, row: Memo) => whoseFile(filename, row);

/** By the attachment that we uploaded, or by the memo's id in the file's name. Linq is not documented to keep either. */
const ours = ({ id, parts = [] }: ListedMessage, row: Memo) => {
  const part = parts.find((part) => (row.uploaded && part.id === row.uploaded) || whoseOf(part, row) === 'ours');
  return part && { messageId: id, attachmentId: part.id };
};

/** A message of which nothing is said, or one with sound whose name is no other memo's. */
const mayBe = ({ parts = [] }: ListedMessage, row: Memo): boolean =>
  parts.length === 0 ||
  parts.some(
    (part) => whoseOf(part, row) === 'one of the parts' || (whoseOf(part, row) === 'nobody' && mayBeSound(part)),
  );

/** Linq may call a voice memo `video/mp4`, or nothing at all. */
const mayBeSound = ({ type = '' }: Part): boolean =>
  type === '' || /^(audio|video)\/|^(application|binary)\/(octet-stream|mp4|ogg)\b/i.test(type);

/** Then a file of this call that no other memo carries is this part's, whatever Linq has made of its name. */
const isOnlyPartInDoubt = async (ledger: Pick<Ledger, 'get'>, row: Memo): Promise<boolean> => {
  const parts = await partsOf(ledger, row);
  return parts.every((part) => part && (part.id === row.id || !isInDoubt(part)));
};

/** The rows of a call's parts, in order; undefined where one is not there. */
export const partsOf = (ledger: Pick<Ledger, 'get'>, { id, part }: Memo): Promise<(Memo | undefined)[]> =>
  Promise.all(Array.from({ length: part?.of ?? 1 }, (_, index) => ledger.get(partId(firstPartId(id), index + 1))));

/** Whether there may be a message of this memo that nobody knows of. */
export const isInDoubt = ({ state, unknownSince }: Memo): boolean =>
  unknownSince !== undefined || ['sending', 'unknown', 'parked'].includes(state);

/** Linq may keep messages for a day only: of an older attempt its list proves no more that nothing was sent. */
export const isForgotten = ({ clock, timing }: Pick<FindSentPorts, 'clock' | 'timing'>, row: Memo): boolean =>
  clock.nowMs() - Date.parse(row.unknownSince ?? row.attemptedAt ?? row.updatedAt) > timing.linqForgetsMs;
