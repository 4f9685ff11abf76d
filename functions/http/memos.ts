import { createHash, randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { API_SOURCE } from '../config.ts';
import { AftercallError } from '../core/model/errors.ts';
import { requestKey } from '../core/model/keys.ts';
import { inboxOf, type Memo, memoId, STATES } from '../core/model/memo.ts';
import { mediaUrlSchema } from '../core/model/recording.ts';
import { isoTime, type Timing } from '../core/model/timing.ts';
import { causeOf, fixFor } from '../core/observe/causes/cause-of.ts';
import type { AudioStore, Clock, Ledger, RecordingsQueue } from '../core/ports/ports.ts';
import { jsonOf, smallBody } from './body.ts';
import { memoById } from './memo-by-id.ts';
import { parse } from './parse.ts';
import { e164 } from './phone.ts';
import type { deadLetter as letter, made, memo as memoAnswer, memoInList, memoList } from './response-schemas.ts';
import { snakeCase } from './snake-case.ts';
import { utcTime } from './utc-time.ts';

export interface MemosOptions {
  ledger: Ledger;
  recordings: RecordingsQueue;
  audio: AudioStore;
  clock: Clock;
  timing: Timing;
}

/** S3's limit for one PUT. */
const MAX_UPLOAD_BYTES = 5_000_000_000;

/** `/memos` reads and enqueues. Only `store` makes rows. */
export const memoRoutes = (options: MemosOptions) => {
  const { ledger } = options;
  const app = new Hono();
  const list = async ({
    limit,
    next,
    call,
    ...filter
  }: z.infer<typeof listSchema> & { phone?: string }): Promise<z.infer<typeof memoList>> => {
    const page = await ledger.list({ ...filter, ...(call && { callId: call }) }, limit, next);
    return {
      memos: page.memos.map(inBrief),
      ...(page.laterVersions && { later_versions: page.laterVersions }),
      ...(page.lookedThrough !== undefined && { looked_through: page.lookedThrough }),
      ...(page.next && { next: page.next }),
    };
  };
  app.get('/memos', async (c) => c.json(await list(parse(listSchema, c.req.query()))));
  app.post('/memos/find', smallBody, async (c) => c.json(await list(parse(findSchema, await jsonOf(c)))));
  app.get('/memos/:id', async (c) => {
    const memo = await memoById(ledger, c.req.param('id'));
    const answer: z.infer<typeof memoAnswer> = { ...view(memo), ...(await receiptOf(ledger, memo)) };
    return c.json(answer);
  });
  // Only on request, since a dead letter holds numbers and signed addresses.
  app.get('/memos/:id/dead-letter', async (c) => {
    const { deadLetter } = await memoById(ledger, c.req.param('id'));
    return c.json({ ...(deadLetter !== undefined && { dead_letter: deadLetter }) } satisfies z.infer<typeof letter>);
  });
  app.post('/memos', smallBody, (c) => makeMemo(c, options));
  return app;
};

export const listSchema = z.strictObject({
  state: z.enum(STATES).exactOptional(),
  source: z.string().exactOptional(),
  call: z.string().exactOptional(),
  chat: z
    .guid({ error: 'must be a UUID' })
    .transform((id) => id.toLowerCase())
    .exactOptional(),
  since: utcTime,
  until: utcTime,
  limit: z.coerce.number().int().min(1).max(100).default(50),
  next: z.string().exactOptional(),
});
/** The number stands in the body, since a URL ends in access logs. */
export const findSchema = listSchema.extend({
  phone: e164,
});

export const byUrlSchema = z.strictObject({
  chat: z.guid({ error: 'must be a UUID' }),
  audio_url: mediaUrlSchema.refine((url) => /^https?:/i.test(url), 'must be an http or https URL'),
});
export const byUploadSchema = z.strictObject({
  chat: z.guid({ error: 'must be a UUID' }),
  content_type: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a MIME type'),
  bytes: z.number().int().min(1).max(MAX_UPLOAD_BYTES),
});

/** Queues a recording from a URL, or from a file that the caller then PUTs to the answer's URL. */
const makeMemo = async (c: Context, { ledger, recordings, audio, clock, timing }: MemosOptions) => {
  const json = await jsonOf(c);
  const isUpload = typeof json === 'object' && json !== null && !('audio_url' in json);
  const wanted = isUpload ? parse(byUploadSchema, json) : parse(byUrlSchema, json);
  const key = c.req.header('Idempotency-Key');
  // Hashed: a key may be any text.
  const id = key ? sha256(key) : randomUUID();
  const target = { chat: wanted.chat.toLowerCase() };
  const memo = memoId({ source: API_SOURCE, id }, target);
  if (key && !(await ledger.claim(requestKey(id), requestHash(wanted, target)))) throw keyReused();
  const upload = `${inboxOf(memo)}upload`;
  const recording = {
    source: API_SOURCE,
    id,
    media:
      'audio_url' in wanted ? { kind: 'url' as const, url: wanted.audio_url } : { kind: 'inbox' as const, key: upload },
  };
  // The URL first: if presigning fails, nothing was queued.
  const uploadUrl =
    'bytes' in wanted && (await audio.presignPut(upload, wanted.content_type, wanted.bytes, timing.uploadMs));
  await recordings.send([{ v: 1, recording, target, receivedAt: isoTime(clock.nowMs()) }]);
  const answer: z.infer<typeof made> = { id: memo, ...(uploadUrl && { upload_url: uploadUrl }) };
  return c.json(answer, 202);
};

/** An Idempotency-Key belongs to the first request with it: the chat, and the URL or the file's type and length. */
const requestHash = (
  wanted: z.infer<typeof byUrlSchema> | z.infer<typeof byUploadSchema>,
  { chat }: { chat: string },
): string =>
  sha256(JSON.stringify('audio_url' in wanted ? [chat, wanted.audio_url] : [chat, wanted.content_type, wanted.bytes]));

const keyReused = (): AftercallError =>
  new AftercallError(
    'idempotency_key_reused',
    'this Idempotency-Key was used with another request: use a new key for each request',
  );

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Linq's receipts of a memo. */
const receiptOf = async (ledger: Ledger, { linq }: Memo) => {
  const known = linq && (await ledger.receipt(linq.messageId));
  if (!known) return {};
  const { messageId: _message, memo: _memo, chat: _chat, ...receipt } = known;
  return { receipt: snakeCase(receipt) };
};

/** Without the waveform, which would be most of a list's bytes. */
const inBrief = (memo: Memo) => {
  if (!memo.audio) return view(memo);
  const { waveform: _waveform, ...audio } = memo.audio;
  return view({ ...memo, audio });
};

/**
 * A row as the API shows it: without the recording's URL, the attempt token, the content of a dead letter, and the audio of
 * later parts, which have rows of their own.
 */
const view = ({
  recording,
  deadLetter,
  laterParts: _later,
  earlierMessages: _earlier,
  token: _token,
  inspected: _inspected,
  v: _v,
  ...memo
}: Memo): z.infer<typeof memoInList> => {
  const { media: _media, reference: _reference, talk: _talk, source, ...facts } = recording;
  const cause = causeOf(memo);
  return snakeCase({
    ...memo,
    ...(cause && { cause: { ...cause, fix: fixFor(cause, memo) } }),
    source,
    recording: facts,
    ...(deadLetter && { deadLetter: true as const }),
  });
};
