import * as z from 'zod';
import { STATES } from '../core/model/memo.ts';
import { REPLAY_PLANS } from '../core/operate/replay-memos.ts';
import { SUPPRESSORS } from '../core/policy/suppression-list.ts';
import { ERROR_CODES } from './errors.ts';
import { sourceList } from './source-schemas.ts';
import { cause, status } from './status-schemas.ts';

export { status };

// The API's answers. The OpenAPI document is made of these schemas, they type the handlers, and a test parses real answers with them.

const time = z.iso.datetime().describe('UTC');
const memoId = z.string().describe('m_ and 26 letters and digits; a later part of a long call ends in -2, -3 …');
const state = z.enum(STATES);

const soundShape = {
  type: z.string().describe('MIME type'),
  bytes: z.int(),
  codec: z.string().exactOptional(),
  sample_rate: z.number().describe('Hertz').exactOptional(),
  channels: z.int().exactOptional(),
  seconds: z.number().exactOptional(),
};
const policyShape = {
  quiet_hours: z.strictObject({ from: z.string(), until: z.string(), time_zone: z.string() }).exactOptional(),
  max_per_day: z.int().exactOptional(),
  min_seconds: z.number().exactOptional(),
};
const target = z.union([
  z.strictObject({ chat: z.string(), ...policyShape }),
  z.strictObject({ line: z.string(), handle: z.string(), create: z.string().exactOptional(), ...policyShape }),
]);

const recording = z.strictObject({
  id: z.string(),
  call_id: z.string().exactOptional(),
  from: z.string().exactOptional(),
  to: z.string().exactOptional(),
  direction: z.enum(['inbound', 'outbound']).exactOptional(),
  duration_seconds: z.number().describe('as its event has it').exactOptional(),
  chat: z.string().describe('the chat that its event names').exactOptional(),
});

const audio = z.strictObject({ key: z.string().describe('in S3'), ...soundShape });
const historyEntry = z.strictObject({
  at: time,
  state,
  attempt: z.int().exactOptional(),
  reason: z.string().exactOptional(),
  code: z.string().describe("Linq's HTTP status and error code, as 429/1007").exactOptional(),
  trace_id: z.string().exactOptional(),
  message_id: z.string().exactOptional(),
});

/** A memo in a list: without its waveform and receipt. */
export const memoInList = z.strictObject({
  id: memoId,
  state,
  reason: z.string().describe("also 'waits behind m_…': the memo that holds up its chat, and why").exactOptional(),
  cause: cause.describe('why it waits or has ended; absent where it is on its way or has arrived').exactOptional(),
  source: z.string(),
  recording,
  target: target.exactOptional(),
  chat: z.string().describe('the chat as it was frozen at the first attempt').exactOptional(),
  audio: audio.exactOptional(),
  original: z.strictObject(soundShape).exactOptional(),
  fitting: z
    .strictObject({
      done: z.enum(['passed', 'remuxed', 'converted']),
      reason: z.string().exactOptional(),
      notes: z.array(z.string()).exactOptional(),
      engine: z.enum(['built-in', 'ffmpeg']).exactOptional(),
      ms: z.number(),
    })
    .exactOptional(),
  part: z.strictObject({ number: z.int(), of: z.int() }).exactOptional(),
  generation: z
    .int()
    .describe('raised by one with each replay, by two with one by force, and by one where its message is made anew'),
  attempts: z.int().describe('how often a POST to Linq was begun'),
  cannot_fetch: z.int().describe('how often Linq could not fetch our URL'),
  uploaded: z.string().describe("the audio's id at Linq").exactOptional(),
  looked_up_again: z.literal(true).exactOptional(),
  waiting_since: time.describe('when the present wait began, without the time that does not count').exactOptional(),
  paused_at: time.describe('since when that clock stands still: quiet hours, a cap, a flagged line').exactOptional(),
  waiting_for: z.enum(['linq', 'line', 'us']).exactOptional(),
  own_fault_since: time.describe('since when its message has waited for us to fix our own fault').exactOptional(),
  due_at: time.describe('when a memo in hand is tried next').exactOptional(),
  attempted_at: time.exactOptional(),
  unknowns: z.int().exactOptional(),
  unknown_since: time.exactOptional(),
  linq: z.strictObject({ message_id: z.string(), attachment_id: z.string().exactOptional() }).exactOptional(),
  dead_letter: z.literal(true).exactOptional(),
  history: z.array(historyEntry).describe('the first ten lines and the last ones'),
  history_omitted: z.int().describe('how many lines are left out, after the first ten').exactOptional(),
  received_at: time.describe('when its webhook, or the request for it, came').exactOptional(),
  created_at: time,
  updated_at: time,
});

const receipt = z.strictObject({
  sent: time.exactOptional(),
  delivered: time.exactOptional(),
  read: time.exactOptional(),
  failed: time.exactOptional(),
  reason: z.string().exactOptional(),
});

export const memo = z.strictObject({
  ...memoInList.shape,
  audio: audio
    .extend({ waveform: z.array(z.int()).describe('peaks in percent of full scale').exactOptional() })
    .exactOptional(),
  receipt: receipt.exactOptional(),
});

/** One memo as `GET /memos/:id` answers. */
export type MemoJson = z.infer<typeof memo>;

const next = z.string().describe('give it back to read on').exactOptional();

export const memoList = z.strictObject({
  memos: z.array(memoInList),
  later_versions: z
    .array(memoId)
    .describe('left out: a later version of Aftercall wrote these rows, and this version cannot read them')
    .exactOptional(),
  looked_through: z.int().describe('how many memos, where no index leads to what was asked for').exactOptional(),
  next,
});

export const deadLetter = z.strictObject({
  dead_letter: z.string().describe('the message as it lay in the queue; absent where none was kept').exactOptional(),
});

export const made = z.strictObject({
  id: memoId,
  upload_url: z.url().describe('PUT the file there within fifteen minutes').exactOptional(),
});

export const replayed = z.strictObject({
  dry_run: z.boolean(),
  says: z.string(),
  counts: z.partialRecord(z.enum(REPLAY_PLANS), z.int()),
  memos: z.array(z.strictObject({ id: memoId, state, plan: z.enum(REPLAY_PLANS) })),
  next,
});

export const erased = z.strictObject({
  dry_run: z.boolean(),
  says: z.string().describe('the same in a sentence'),
  counts: z.partialRecord(state, z.int()).describe('of the memos, by the states that they were in'),
  erased: z.array(memoId),
  objects: z.int().describe('in S3'),
  linq_copies: z.int().describe('that Linq is asked to delete'),
  left: z.array(z.strictObject({ memo: memoId, reason: z.string() })).describe('what could not be erased now'),
  queued: z
    .strictObject({ messages: z.int(), until: time })
    .describe('what waits in the queues, whomever it is about; what is about these is dropped when it comes up')
    .exactOptional(),
  next,
});

const suppression = z.strictObject({ by: z.enum(SUPPRESSORS), reason: z.string(), since: time });
const suppressedShape = { suppressed: z.boolean(), suppressions: z.array(suppression) };
export const suppressed = z.strictObject(suppressedShape);
export const suppressedShow = z.strictObject({
  ...suppressedShape,
  chats: z
    .array(z.strictObject({ chat: z.string(), suppressions: z.array(suppression) }))
    .describe('chats on the list that memos of calls from or to this number go to')
    .exactOptional(),
});
export const unsuppressed = z.strictObject({ ...suppressedShape, removed: z.array(suppression) });

export const hooked = z.union([
  z.strictObject({ memos: z.array(memoId) }),
  z.strictObject({ pending: z.string().describe('the recording, of which its source is first asked who called whom') }),
  z.strictObject({ ignored: z.string().describe('reason') }),
]);

export const receiptTaken = z.strictObject({ memo: memoId.exactOptional(), ignored: z.string().exactOptional() });

export const health = z.strictObject({
  ok: z.boolean(),
  up: z
    .strictObject({ ledger: z.boolean(), bucket: z.boolean(), queues: z.boolean() })
    .describe('each part that the bridge stands on, and whether it answers'),
  queues: z
    .strictObject({ recordings: z.int(), memos: z.int(), dead_letters: z.int() })
    .describe('absent where SQS does not answer')
    .exactOptional(),
});

export const refusal = z.strictObject({
  error: z.strictObject({ code: z.enum(ERROR_CODES), message: z.string(), memo: z.string().exactOptional() }),
});

export const document = z.looseObject({ openapi: z.literal('3.1.1'), paths: z.looseObject({}) });

/** The schemas that the OpenAPI document names. */
export const NAMED = {
  Memo: memo,
  MemoInList: memoInList,
  MemoList: memoList,
  State: state,
  DeadLetter: deadLetter,
  Made: made,
  Replayed: replayed,
  Erased: erased,
  Stopped: suppressed,
  SuppressedShow: suppressedShow,
  Unsuppressed: unsuppressed,
  Hooked: hooked,
  ReceiptTaken: receiptTaken,
  Health: health,
  SourceList: sourceList,
  Status: status,
  Refusal: refusal,
} as const satisfies Record<string, z.ZodType>;
