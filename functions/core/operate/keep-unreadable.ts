import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Memo, memoId } from '../model/memo.ts';
import { type Recording, recordingSchema } from '../model/recording.ts';
import type { KeyValueStore, Ledger, Log } from '../ports/ports.ts';
import { wasErased } from './drop-erased.ts';

export interface KeepUnreadablePorts {
  ledger: Pick<Ledger, 'open'>;
  keyValues: Pick<KeyValueStore, 'readAll'>;
  log: Log;
}

/** A character has at most three bytes, and a row of DynamoDB at most 400 KB. Our own messages are far smaller. */
const MOST_CHARACTERS = 100_000;

/**
 * Stores an unreadable message in a row of its own, `failed` with the reason, so that a person sees it. The row's id is
 * a hash of the message, and the row has the facts of the recording that can be read. A replay reads the message again:
 * later code may understand it.
 */
export const keepUnreadable =
  ({ ledger, keyValues, log }: KeepUnreadablePorts, step: string) =>
  async (body: string, cause: string): Promise<void> => {
    const known = partsOf(body);
    const recording: Recording = { source: 'unknown', id: 'unknown', media: { kind: 'ask' }, ...known.recording };
    const receivedAt = known.receivedAt && { receivedAt: known.receivedAt };
    if (receivedAt && (await wasErased(keyValues, { recording, ...receivedAt }))) return;
    const id = unreadableId(body);
    const deadLetter = body.slice(0, MOST_CHARACTERS);
    const cut = deadLetter === body ? '' : `; the first ${MOST_CHARACTERS} of its ${body.length} characters are kept`;
    const reason = `its message cannot be read: ${cause.replace(/\s+/g, ' ').slice(0, 500)}${cut}`;
    const row = await ledger.open({ id, state: 'failed', recording, reason, deadLetter, ...receivedAt });
    if (row)
      log.warn('a message that cannot be read is kept in a row', { step, memo: id, outcome: 'failed', reason: cause });
  };

/** Whether a row is that of a message which could not be read. */
export const isUnreadable = ({ id, deadLetter }: Pick<Memo, 'id' | 'deadLetter'>): boolean =>
  deadLetter !== undefined && id === unreadableId(deadLetter);

/** Has the form of a memo's id, so that the row can be shown, replayed and erased like any other. */
const unreadableId = (body: string): string =>
  memoId(
    { source: 'unknown', id: createHash('sha256').update(body.slice(0, MOST_CHARACTERS)).digest('hex') },
    undefined,
  );

/** The fields of a recording's message that can be read. */
const partsOf = (body: string): { recording?: Partial<Recording>; receivedAt?: string } => {
  const message = looseSchema.safeParse(jsonOf(body));
  if (!message.success) return {};
  const { recording = {}, receivedAt } = message.data;
  const fields = Object.entries(recordingSchema.shape).flatMap(([name, schema]) => {
    const field = z.safeParse(schema, recording[name]);
    return field.success && field.data !== undefined ? [[name, field.data]] : [];
  });
  return { recording: Object.fromEntries(fields), ...(receivedAt !== undefined && { receivedAt }) };
};

const looseSchema = z.object({
  recording: z.record(z.string(), z.unknown()).exactOptional(),
  receivedAt: z.iso.datetime().exactOptional(),
});

const jsonOf = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // only the message's hash is known
  }
};
