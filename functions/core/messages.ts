import * as z from 'zod';
import type { Target } from './memo.ts';
import { recordingSchema } from './recording.ts';

const targetSchema = z.object({ chat: z.guid() });

/** What `recordings` carries. `ask`: `store` must first learn from the source who called whom, and route then. */
export const recordingMessageSchema = z.object({
  v: z.literal(1),
  recording: recordingSchema,
  targets: z.union([z.array(targetSchema), z.literal('ask')]),
  receivedAt: z.iso.datetime(),
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

/** What a dead-letter queue may hold. */
export const deadLetterSchema = z.union([recordingMessageSchema, memoMessageSchema]);
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** A message as read: known, of a version that only later code knows, or not a message of ours at all. */
export type ReadMessage<T> =
  | { kind: 'known'; message: T }
  | { kind: 'later-version' }
  | { kind: 'unreadable'; why: string };

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
