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
  seconds: z.number().describe('length in seconds').exactOptional(),
};
const policyShape = {
  quiet_hours: z.strictObject({ from: z.string(), until: z.string(), time_zone: z.string() }).exactOptional(),
  max_per_day: z.int().exactOptional(),
  min_seconds: z.number().describe('the shortest call, in seconds').exactOptional(),
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
  duration_seconds: z.number().describe('as in the event').exactOptional(),
  chat: z.string().describe('the chat that the event names').exactOptional(),
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
  reason: z
    .string()
    .describe("why the memo is in this state. 'waits behind m_…' names the memo that holds up the chat")
    .exactOptional(),
  cause: cause
    .describe('why the memo waits or has ended. Absent while the memo is on its way, and after it has arrived')
    .exactOptional(),
  source: z.string(),
  recording,
  target: target.exactOptional(),
  chat: z.string().describe('the chat of the first attempt; every later attempt goes to the same chat').exactOptional(),
  audio: audio.exactOptional(),
  original: z.strictObject(soundShape).exactOptional(),
  fitting: z
    .strictObject({
      done: z.enum(['passed', 'remuxed', 'converted']),
      reason: z.string().exactOptional(),
      notes: z.array(z.string()).exactOptional(),
      engine: z.enum(['built-in', 'ffmpeg']).exactOptional(),
      ms: z.number().describe('milliseconds'),
    })
    .exactOptional(),
  part: z.strictObject({ number: z.int(), of: z.int() }).exactOptional(),
  generation: z
    .int()
    .describe(
      'rises by one with each replay, by two with each replay by force, and by one when the message is made anew',
    ),
  attempts: z.int().describe('how many POSTs to Linq were begun'),
  cannot_fetch: z.int().describe('how often Linq could not fetch our URL'),
  uploaded: z.string().describe("the audio's id at Linq").exactOptional(),
  looked_up_again: z.literal(true).exactOptional(),
  waiting_since: time.describe('when the present wait began. Pauses do not count').exactOptional(),
  paused_at: time.describe('since when the wait is paused: quiet hours, a cap or a flagged line').exactOptional(),
  waiting_for: z.enum(['linq', 'line', 'us']).exactOptional(),
  own_fault_since: time
    .describe('since when the memo has waited for the operator to fix a fault of the bridge')
    .exactOptional(),
  due_at: time.describe('when the memo is tried next').exactOptional(),
  attempted_at: time.exactOptional(),
  unknowns: z.int().exactOptional(),
  unknown_since: time.exactOptional(),
  linq: z.strictObject({ message_id: z.string(), attachment_id: z.string().exactOptional() }).exactOptional(),
  dead_letter: z.literal(true).exactOptional(),
  history: z.array(historyEntry).describe('the first ten lines and the last lines'),
  history_omitted: z.int().describe('how many lines after the first ten are left out').exactOptional(),
  received_at: time.describe('when the webhook, or the request to the API, came').exactOptional(),
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

const next = z
  .string()
  .describe('the cursor of the next page: send it as next. Absent on the last page')
  .exactOptional();

export const memoList = z.strictObject({
  memos: z.array(memoInList),
  later_versions: z
    .array(memoId)
    .describe('left out: a later version of Aftercall wrote these rows, and this version cannot read them')
    .exactOptional(),
  looked_through: z.int().describe('how many memos were read, if no index leads to the matching memos').exactOptional(),
  next,
});

export const deadLetter = z.strictObject({
  dead_letter: z.string().describe('the message as it lay in the queue. Absent if no message was kept').exactOptional(),
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
  objects: z.int().describe('how many objects in S3'),
  linq_copies: z.int().describe('how many copies Linq is asked to delete'),
  left: z
    .array(z.strictObject({ memo: memoId, reason: z.string() }))
    .describe('memos that could not be erased now, with the reason'),
  queued: z
    .strictObject({ messages: z.int(), until: time })
    .describe(
      'all messages in the queues. Messages about the erased memos are dropped when a step reads them, at the latest at this time',
    )
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
  z.strictObject({
    pending: z
      .string()
      .describe(
        'the id of the recording. The bridge first asks the source who called whom, and then chooses the route',
      ),
  }),
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
