import * as z from 'zod';
import { AftercallError } from './errors.ts';
import { groupOf, memoId, type Target } from './memo.ts';
import { strict } from './mistakes.ts';
import { PAYLOADS } from './payloads.ts';
import { recordingSchema } from './recording.ts';
import { webhookTraceSchema } from './traces.ts';

/** A time of day in the policy's time zone. */
const clockTimeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');
const zoneSchema = z.string().refine(isZone, 'must be an IANA time zone, such as America/New_York');
export const policyShape = {
  quietHours: strict({ from: clockTimeSchema, until: clockTimeSchema, timeZone: zoneSchema }).exactOptional(),
  /** The memos of a day are in one item of the table, which may have 400 kB. */
  maxPerDay: z.number().int().positive().max(1000).exactOptional(),
  minSeconds: z.number().positive().max(3600).exactOptional(),
};
/** A person that Linq can write to. Not a short number, an extension or a SIP address. */
export const handleSchema = z.e164();
const targetSchema = z.union([
  z.object({ chat: z.guid(), ...policyShape }),
  z.object({ line: z.e164(), handle: handleSchema, create: z.string().min(1).exactOptional(), ...policyShape }),
]);

/**
 * A message on `recordings.fifo`: one recording for one target. No target: no route matches. `ask`: `store` must first
 * ask the source who called whom, and then route the recording.
 */
export const recordingMessageSchema = z.object({
  v: z.literal(1),
  recording: recordingSchema,
  target: z.union([targetSchema, z.literal('ask')]).exactOptional(),
  receivedAt: z.iso.datetime(),
  /** Why a route that fits gave no target. */
  noTarget: z.string().exactOptional(),
  /** For a replay: the row to try again, its new generation, and the memos of all targets that the row is routed to. */
  replay: z
    .object({ memo: z.string(), generation: z.number().int().positive(), routed: z.array(z.string()).exactOptional() })
    .exactOptional(),
  /** The later memos of the chat no longer wait for this recording. */
  late: z.literal(true).exactOptional(),
  /** The source is not asked again before this time. */
  notBefore: z.iso.datetime().exactOptional(),
  /** The masked payload of the webhook, where the configuration has `inspect: true`. */
  payload: z.string().max(PAYLOADS.characters).exactOptional(),
});
export type RecordingMessage = z.infer<typeof recordingMessageSchema>;
export type RoutedMessage = RecordingMessage & { target?: Target };

export const isRouted = (message: RecordingMessage): message is RoutedMessage => message.target !== 'ask';

/** The id of the message's memo. While the target is unknown, it is the id of a memo without a target. */
export const memoIdOf = ({ recording, target }: Pick<RecordingMessage, 'recording' | 'target'>): string =>
  memoId(recording, target === 'ask' ? undefined : target);

/**
 * The message group on `recordings.fifo`. The recordings of one target share a group, so that `store` works on them one
 * after the other, in the order of their acknowledgement. Every other recording has a group of its own.
 */
export const groupOfRecording = (message: RecordingMessage): string => {
  if (message.late) return `late:${memoIdOf(message)}`;
  const { target } = message;
  return target === undefined || target === 'ask' ? memoIdOf(message) : groupOf(target);
};

/** A message on `memos.fifo`. It contains no telephone number, no address and no secret. */
export const memoMessageSchema = z.object({
  v: z.literal(1),
  memo: z.string(),
  generation: z.number().int().nonnegative(),
  /** For a replay that may send the memo a second time. */
  force: z.literal(true).exactOptional(),
  /** Replaces an earlier message, and is no replay: `queue-anew.ts`. */
  anew: z.literal(true).exactOptional(),
});
export type MemoMessage = z.infer<typeof memoMessageSchema>;

/**
 * The other message on `memos.fifo`: copies to delete at Linq. They are found by their ids, by the messages that they
 * belong to, or by their file name in the chat where the result of an attempt is unknown.
 */
export const linqErasureSchema = z.object({
  v: z.literal(1),
  erase: z.object({
    memo: z.string(),
    attachments: z.array(z.string().min(1)),
    messages: z.array(z.string().min(1)).exactOptional(),
    look: z.object({ chat: z.guid(), since: z.iso.datetime(), attemptedAt: z.iso.datetime() }).exactOptional(),
  }),
});
export type LinqErasure = z.infer<typeof linqErasureSchema>;
export const sendMessageSchema = z.union([memoMessageSchema, linqErasureSchema]);

/** A message on `recordings.fifo`. */
export const storeMessageSchema = z.union([recordingMessageSchema, webhookTraceSchema]);

/** A message in a dead-letter queue that is about memos. */
export const deadLetterSchema = z.union([recordingMessageSchema, memoMessageSchema, linqErasureSchema]);
export type DeadLetter = z.infer<typeof deadLetterSchema>;
/** Every message in a dead-letter queue. */
export const tendMessageSchema = z.union([deadLetterSchema, webhookTraceSchema]);

/** The result of reading a message: known, from a later version of the code, or unreadable. */
export type ReadMessage<T> =
  | { kind: 'known'; message: T }
  | { kind: 'later-version' }
  | { kind: 'unreadable'; reason: string };

/** A function declaration, because the schemas above call it while this file is loaded. */
function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Writes a message for a queue. The sender parses it with the consumer's schema first, so that no message is sent that
 * its consumer cannot read.
 * @throws AftercallError `unreadable`, with the field
 */
export const writeMessage = <T>(schema: z.ZodType<T>, message: T): string => {
  const body = ascii(message);
  const read = readMessage(schema, body);
  if (read.kind === 'known') return body;
  const reason = read.kind === 'unreadable' ? read.reason : 'it is of a later version';
  throw new AftercallError('unreadable', `this cannot be queued: ${reason}`);
};

/** JSON with every character beyond ASCII escaped: SQS refuses some characters that signed JSON may contain. */
export const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const versionSchema = z.object({ v: z.number().int() });

export const readMessage = <T>(schema: z.ZodType<T>, body: string): ReadMessage<T> => {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { kind: 'unreadable', reason: 'not JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { kind: 'known', message: parsed.data };
  const version = versionSchema.safeParse(json);
  if (version.success && version.data.v > 1) return { kind: 'later-version' };
  return { kind: 'unreadable', reason: z.prettifyError(parsed.error) };
};
