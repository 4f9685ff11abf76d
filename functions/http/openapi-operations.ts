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
        'The same key with the same request makes one memo, however often it is sent. With another request it is refused (422).',
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
    summary: 'Shows the message that its queue gave up, or that nobody can read',
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
    summary: 'Puts a chat or a number on the suppression list, until it is taken off',
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
    summary: 'Takes a chat or a number off the suppression list, whoever put it there',
    opens: 'key',
    body: [recipientSchema],
    answers: { 200: answers.unsuppressed },
  },
  {
    id: 'listSources',
    method: 'get',
    path: '/sources',
    summary: 'What came from each source lately, what became of it, and likely causes where webhooks are refused',
    opens: 'key',
    answers: { 200: sourceList },
  },
  {
    id: 'listSourceEvents',
    method: 'get',
    path: '/sources/:source/events',
    summary: 'The last events of a source, and what became of each',
    opens: 'key',
    answers: { 200: sourceEventList },
    errors: ['not_found'],
  },
  {
    id: 'getEventPayload',
    method: 'get',
    path: '/sources/:source/events/:event/payload',
    summary: 'The masked payload of one event, where the configuration has inspect: true',
    opens: 'key',
    answers: { 200: eventPayload },
    errors: ['not_found', 'later_version'],
  },
  {
    id: 'status',
    method: 'get',
    path: '/status',
    summary: 'What waits or failed, by cause, and what to do; of a local bridge also which sources are on',
    opens: 'key',
    answers: { 200: answers.status },
  },
  {
    id: 'health',
    method: 'get',
    path: '/health',
    summary: 'Says what is up, and how many messages the queues hold; 503 if a part is down',
    opens: 'anybody',
    answers: { 200: answers.health, 503: answers.health },
  },
  {
    id: 'openapi',
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
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
