import type * as z from 'zod';
import type { ErrorCode } from '../core/model/errors.ts';
import { hookQuerySchema } from '../core/receive/accept-event.ts';
import { dryRunSchema, eraseSchema } from './erase.ts';
import { byUploadSchema, byUrlSchema, findSchema, listSchema } from './memos.ts';
import { eventSchema } from './receipts.ts';
import { manySchema, oneSchema } from './replay.ts';
import * as answers from './response-schemas.ts';
import { eventPayload, sourceEventList, sourceList } from './source-schemas.ts';
import { recipientSchema, suppressionSchema } from './suppressions.ts';

/** One operation. `openapi.ts` derives its security and most of its errors. */
export interface Operation {
  id: string;
  method: 'get' | 'post' | 'delete';
  /** In Hono's form: `/memos/:id`. */
  path: string;
  summary: string;
  opens: 'key' | 'source' | 'linq' | 'anybody';
  /** The schemas that the handler parses with. */
  query?: z.ZodObject;
  headers?: Readonly<Record<string, string>>;
  /** `anything` where each source has its own form. */
  body?: readonly z.ZodType[] | 'anything';
  /** By status, without the errors. */
  answers: Readonly<Record<number, z.ZodType>>;
  /** Besides the derived ones. */
  errors?: readonly ErrorCode[];
}

const hook = {
  path: '/hooks/:source',
  opens: 'source',
  query: hookQuerySchema,
  answers: { 200: answers.hooked },
  errors: ['no_such_source'],
} as const;

export const OPERATIONS: readonly Operation[] = [
  {
    ...hook,
    id: 'receiveEvent',
    method: 'post',
    summary: 'Takes an event of a call system',
    body: 'anything',
  },
  { ...hook, id: 'receiveEventByGet', method: 'get', summary: 'Takes an event of a call system from the URL' },
  {
    id: 'receiveReceipt',
    method: 'post',
    path: '/linq',
    summary: 'Takes an event of Linq',
    opens: 'linq',
    body: [eventSchema],
    answers: { 200: answers.receiptTaken },
  },
  {
    id: 'listMemos',
    method: 'get',
    path: '/memos',
    summary: 'Lists memos, newest first',
    opens: 'key',
    query: listSchema,
    answers: { 200: answers.memoList },
  },
  {
    id: 'makeMemo',
    method: 'post',
    path: '/memos',
    summary: 'Makes a memo of your own audio: from a URL or from a file',
    opens: 'key',
    headers: {
      'Idempotency-Key':
        'The same request with the same key makes one memo, however often you send it. Another request with the same key is refused (422).',
    },
    body: [byUrlSchema, byUploadSchema],
    answers: { 202: answers.made },
    errors: ['idempotency_key_reused'],
  },
  {
    id: 'findMemos',
    method: 'post',
    path: '/memos/find',
    summary: 'Lists the memos of a person, newest first',
    opens: 'key',
    body: [findSchema],
    answers: { 200: answers.memoList },
  },
  {
    id: 'getMemo',
    method: 'get',
    path: '/memos/:id',
    summary: 'Shows a memo, its history and its receipt',
    opens: 'key',
    answers: { 200: answers.memo },
  },
  {
    id: 'eraseMemo',
    method: 'delete',
    path: '/memos/:id',
    summary: 'Erases a memo; with dry_run says what the erasure would do',
    opens: 'key',
    query: dryRunSchema,
    answers: { 200: answers.erased },
  },
  {
    id: 'getDeadLetter',
    method: 'get',
    path: '/memos/:id/dead-letter',
    summary: 'Shows the dead letter of a memo: a message that SQS gave up, or that the bridge cannot read',
    opens: 'key',
    answers: { 200: answers.deadLetter },
  },
  {
    id: 'replayMemo',
    method: 'post',
    path: '/memos/:id/replay',
    summary: 'Replays a memo (202); with dry_run says what the replay would do (200)',
    opens: 'key',
    query: oneSchema,
    answers: { 200: answers.replayed, 202: answers.replayed },
  },
  {
    id: 'replayMemos',
    method: 'post',
    path: '/replay',
    summary: 'Replays every memo of a state, newest first; with dry_run says what the replay would do',
    opens: 'key',
    query: manySchema,
    answers: { 200: answers.replayed, 202: answers.replayed },
  },
  {
    id: 'eraseMemos',
    method: 'post',
    path: '/erase',
    summary: 'Erases all memos of a number or a call, page by page; with dry_run says what the erasure would do',
    opens: 'key',
    query: dryRunSchema,
    body: [eraseSchema],
    errors: ['later_version'],
    answers: { 200: answers.erased },
  },
  {
    id: 'suppress',
    method: 'post',
    path: '/suppressions',
    summary: 'Puts a chat or a number on the suppression list, until somebody removes the entry',
    opens: 'key',
    body: [suppressionSchema],
    answers: { 200: answers.suppressed },
  },
  {
    id: 'showSuppressions',
    method: 'post',
    path: '/suppressions/show',
    summary: 'Says whether a chat or a number is on the suppression list',
    opens: 'key',
    body: [recipientSchema],
    answers: { 200: answers.suppressedShow },
  },
  {
    id: 'unsuppress',
    method: 'post',
    path: '/suppressions/remove',
    summary: 'Removes a chat or a number from the suppression list, whoever put it there',
    opens: 'key',
    body: [recipientSchema],
    answers: { 200: answers.unsuppressed },
  },
  {
    id: 'listSources',
    method: 'get',
    path: '/sources',
    summary: 'Lists the sources: the last memo of each, and what was ignored or refused today, with likely causes',
    opens: 'key',
    answers: { 200: sourceList },
  },
  {
    id: 'listSourceEvents',
    method: 'get',
    path: '/sources/:source/events',
    summary: 'Lists the last events of a source with their outcomes',
    opens: 'key',
    answers: { 200: sourceEventList },
    errors: ['not_found'],
  },
  {
    id: 'getEventPayload',
    method: 'get',
    path: '/sources/:source/events/:event/payload',
    summary: 'Shows the masked payload of one event, if the configuration has inspect: true',
    opens: 'key',
    answers: { 200: eventPayload },
    errors: ['not_found', 'later_version'],
  },
  {
    id: 'status',
    method: 'get',
    path: '/status',
    summary: 'Groups memos that wait or failed by cause, with what to do; a local bridge also lists its sources',
    opens: 'key',
    answers: { 200: answers.status },
  },
  {
    id: 'health',
    method: 'get',
    path: '/health',
    summary: 'Says which parts answer and how many messages wait; 503 if a part does not answer',
    opens: 'anybody',
    answers: { 200: answers.health, 503: answers.health },
  },
  {
    id: 'openapi',
    method: 'get',
    path: '/openapi.json',
    summary: 'Returns this document',
    opens: 'anybody',
    answers: { 200: answers.document },
  },
];

/** Every error of an operation. */
export const errorsOf = ({ path, opens, query, body, errors = [] }: Operation): ErrorCode[] => [
  ...new Set<ErrorCode>([
    ...(opens === 'key' ? (['unauthorized'] as const) : []),
    ...(opens === 'source' || opens === 'linq' ? (['not_authentic'] as const) : []),
    ...(query || body ? (['unreadable'] as const) : []),
    ...(path.includes('/:id') ? (['no_such_memo', 'later_version'] as const) : []),
    ...(body ? (['too_large'] as const) : []),
    ...errors,
    ...(opens === 'anybody' ? [] : (['unavailable'] as const)),
  ]),
];
