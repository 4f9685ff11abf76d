import * as z from 'zod';
import type { Target } from './memo.ts';
import { recordingSchema } from './recording.ts';

/** Wall-clock time of a day. */
const clockTimeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM');
const zoneSchema = z.string().refine(isZone, 'must be an IANA time zone, such as America/New_York');
export const courtesyShape = {
  quiet: z.strictObject({ from: clockTimeSchema, until: clockTimeSchema, zone: zoneSchema }).exactOptional(),
  perDay: z.number().int().positive().exactOptional(),
  minSeconds: z.number().positive().max(3600).exactOptional(),
};
const targetSchema = z.union([
  z.object({ chat: z.guid(), ...courtesyShape }),
  z.object({ line: z.e164(), handle: z.e164(), create: z.string().min(1).exactOptional(), ...courtesyShape }),
]);

/** What `recordings` carries. `ask`: `store` must first learn from the source who called whom, and route then. */
export const recordingMessageSchema = z.object({
  v: z.literal(1),
  recording: recordingSchema,
  targets: z.union([z.array(targetSchema), z.literal('ask')]),
  receivedAt: z.iso.datetime(),
  /** Why a route that fits gave no target. */
  noTarget: z.string().exactOptional(),
  /** The row that a replay wants tried again, and the turn that it gives it. */
  replay: z.object({ memo: z.string(), turn: z.number().int().positive() }).exactOptional(),
});
export type RecordingMessage = z.infer<typeof recordingMessageSchema>;
export type RoutedMessage = RecordingMessage & { targets: Target[] };

export const isRouted = (message: RecordingMessage): message is RoutedMessage => message.targets !== 'ask';

/** What `memos.fifo` carries: no number, no address, no secret. */
export const memoMessageSchema = z.object({
  v: z.literal(1),
  memo: z.string(),
  turn: z.number().int().nonnegative(),
  /** A replay that may send what was sent before. */
  force: z.literal(true).exactOptional(),
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
  | { kind: 'unreadable'; why: string };

/** Hoisted: the schemas above are made when this file is loaded. */
function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const versionSchema = z.object({ v: z.number().int() });

export const readMessage = <T>(schema: z.ZodType<T>, body: string): ReadMessage<T> => {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { kind: 'unreadable', why: 'not JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { kind: 'known', message: parsed.data };
  const version = versionSchema.safeParse(json);
  if (version.success && version.data.v > 1) return { kind: 'later-version' };
  return { kind: 'unreadable', why: z.prettifyError(parsed.error) };
};
