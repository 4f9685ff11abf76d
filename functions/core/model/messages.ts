import * as z from 'zod';
import { AftercallError } from './errors.ts';
import { groupOf, memoId, type Target } from './memo.ts';
import { recordingSchema } from './recording.ts';

/** Wall-clock time of a day. */
const clockTimeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');
const zoneSchema = z.string().refine(isZone, 'must be an IANA time zone, such as America/New_York');
export const policyShape = {
  quietHours: z.strictObject({ from: clockTimeSchema, until: clockTimeSchema, timeZone: zoneSchema }).exactOptional(),
  /** Their memos of a day stand in one item of the table, which has 400 kB. */
  maxPerDay: z.number().int().positive().max(1000).exactOptional(),
  minSeconds: z.number().positive().max(3600).exactOptional(),
};
/** Whom Linq can write to. A short number, an extension or a SIP address is none. */
export const handleSchema = z.e164();
const targetSchema = z.union([
  z.object({ chat: z.guid(), ...policyShape }),
  z.object({ line: z.e164(), handle: handleSchema, create: z.string().min(1).exactOptional(), ...policyShape }),
]);

/**
 * What `recordings.fifo` carries: one recording for one target. Without a target no route leads anywhere; with `ask`, `store`
 * must first learn from the source who called whom, and route then.
 */
export const recordingMessageSchema = z.object({
  v: z.literal(1),
  recording: recordingSchema,
  target: z.union([targetSchema, z.literal('ask')]).exactOptional(),
  receivedAt: z.iso.datetime(),
  /** Why a route that fits gave no target. */
  noTarget: z.string().exactOptional(),
  /** The row that a replay wants tried again, the generation that it gives it, and the memos of all targets that it is routed to. */
  replay: z
    .object({ memo: z.string(), generation: z.number().int().positive(), routed: z.array(z.string()).exactOptional() })
    .exactOptional(),
  /** The later memos of its chat no longer wait for it. */
  late: z.literal(true).exactOptional(),
  /** The source is not asked again before this time. */
  notBefore: z.iso.datetime().exactOptional(),
});
export type RecordingMessage = z.infer<typeof recordingMessageSchema>;
export type RoutedMessage = RecordingMessage & { target?: Target };

export const isRouted = (message: RecordingMessage): message is RoutedMessage => message.target !== 'ask';

/** The memo that a message makes. While nobody knows the target, it is the one that has none. */
export const memoIdOf = ({ recording, target }: Pick<RecordingMessage, 'recording' | 'target'>): string =>
  memoId(recording, target === 'ask' ? undefined : target);

/**
 * The message group on `recordings.fifo`. The recordings of one target share a group with their target's memos, so that
 * `store` works on one of them at a time, in the order of their acknowledgement. All others have a group of their own.
 */
export const groupOfRecording = (message: RecordingMessage): string => {
  if (message.late) return `late:${memoIdOf(message)}`;
  const { target } = message;
  return target === undefined || target === 'ask' ? memoIdOf(message) : groupOf(target);
};

/** What `memos.fifo` carries: no number, no address, no secret. */
export const memoMessageSchema = z.object({
  v: z.literal(1),
  memo: z.string(),
  generation: z.number().int().nonnegative(),
  /** A replay that may send what was sent before. */
  force: z.literal(true).exactOptional(),
  /** In place of an earlier message, and no replay: `queue-anew.ts`. */
  anew: z.literal(true).exactOptional(),
});
export type MemoMessage = z.infer<typeof memoMessageSchema>;

/**
 * What else it carries: copies that Linq keeps and that are to be deleted there. By their ids, by the messages that they
 * belong to, or, where an attempt's end is not known, by their name in the chat.
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

/** What a dead-letter queue may hold. */
export const deadLetterSchema = z.union([recordingMessageSchema, memoMessageSchema, linqErasureSchema]);
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** A message as read: known, of a version that only later code knows, or not a message of ours at all. */
export type ReadMessage<T> =
  | { kind: 'known'; message: T }
  | { kind: 'later-version' }
  | { kind: 'unreadable'; reason: string };

/** Hoisted: the schemas above are made when this file is loaded. */
function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/**
 * A message as its queue carries it. Every sender writes it with the schema of its consumer: what the consumer could not read is
 * never sent.
 * @throws AftercallError `unreadable`, with the field
 */
export const writeMessage = <T>(schema: z.ZodType<T>, message: T): string => {
  const body = ascii(message);
  const read = readMessage(schema, body);
  if (read.kind === 'known') return body;
  const reason = read.kind === 'unreadable' ? read.reason : 'it is of a later version';
  throw new AftercallError('unreadable', `this cannot be queued: ${reason}`);
};

/** JSON with everything beyond ASCII escaped: SQS refuses some characters that signed JSON may hold. */
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
