import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type Memo, memoId } from '../model/memo.ts';
import { type Recording, recordingSchema } from '../model/recording.ts';
import type { KeyValueStore, Ledger, Log } from '../ports/ports.ts';
import { wasErased } from './drop-erased.ts';

export interface KeepUnreadablePorts {
  ledger: Pick<Ledger, 'open'>;
  keyValues: Pick<KeyValueStore, 'read'>;
  log: Log;
}

/** At most three bytes each, where a row of DynamoDB may have 400 KB. Our own messages are far smaller. */
const MOST_CHARACTERS = 100_000;

/**
 * Keeps a message that nobody can read in a row of its own, `failed` with the reason, where a person sees it: under the message's
 * hash, with what can be read of its recording. A replay reads the message again: later code may know it.
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
    const cut = deadLetter === body ? '' : `; of its ${body.length} characters the first ${MOST_CHARACTERS} are kept`;
    const reason = `its message cannot be read: ${cause.replace(/\s+/g, ' ').slice(0, 500)}${cut}`;
    const row = await ledger.open({ id, state: 'failed', recording, reason, deadLetter, ...receivedAt });
    if (row)
      log.warn('a message that cannot be read is kept in a row', { step, memo: id, outcome: 'failed', reason: cause });
  };

/** Whether a row is that of a message which could not be read. */
export const isUnreadable = ({ id, deadLetter }: Pick<Memo, 'id' | 'deadLetter'>): boolean =>
  deadLetter !== undefined && id === unreadableId(deadLetter);

/** As a memo's id: by it the row is shown, replayed and erased as any other. */
const unreadableId = (body: string): string =>
  memoId(
    { source: 'unknown', id: createHash('sha256').update(body.slice(0, MOST_CHARACTERS)).digest('hex') },
    undefined,
  );

/** What of a recording's message can be read, field by field. */
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
    return undefined; // then nothing of it is known but its hash
  }
};
