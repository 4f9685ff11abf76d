import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import * as z from 'zod';

/** An error answer with Linq's code and message. Any part of the sandbox may throw it; `answerRefusal` answers. */
export class Refusal extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(reason: Reason, options: { detail?: string; retryAfterSeconds?: number; cause?: unknown } = {}) {
    const { status, code, message } = reasons[reason];
    super(options.detail ? `${message}: ${options.detail}` : message, { cause: options.cause });
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** From Linq's error pages; the messages of 1002, 2001, 2004, 2005, 3006 and 413/5001 are from the API reference. */
const reasons = {
  fieldMissing: { status: 400, code: 1001, message: 'Required field is missing' },
  notE164: { status: 400, code: 1002, message: 'Phone number must be in E.164 format' },
  notJson: { status: 400, code: 1003, message: 'Request body must be a JSON object' },
  badContent: { status: 400, code: 1004, message: 'Invalid request content' },
  badValue: { status: 400, code: 1005, message: 'Invalid value' },
  rateLimited: { status: 429, code: 1007, message: 'Rate limit exceeded' },
  notFound: { status: 404, code: 2001, message: 'Resource not found' },
  attachmentNotFound: { status: 404, code: 2003, message: 'Attachment not found' },
  unauthorized: { status: 401, code: 2004, message: 'Unauthorized - missing or invalid authentication token' },
  accessDenied: { status: 403, code: 2005, message: 'Access denied - insufficient permissions for this resource' },
  attachmentNotReady: { status: 404, code: 2007, message: 'Attachment not ready' },
  conflict: { status: 409, code: 2015, message: 'Conflict with the current state of the resource' },
  internal: { status: 500, code: 3006, message: 'Internal server error' },
  memoTooLarge: { status: 413, code: 5001, message: 'Voice memo file too large - maximum size is 10MB' },
  downloadFailed: { status: 500, code: 5002, message: 'Could not download the file' },
  typeUnsupported: { status: 400, code: 5004, message: 'File type not supported' },
  fileTooLarge: { status: 400, code: 5005, message: 'File too large' },
  contentMismatch: { status: 400, code: 5006, message: 'File content does not match its name or declared type' },
} as const satisfies Record<string, { status: ContentfulStatusCode; code: number; message: string }>;

type Reason = keyof typeof reasons;

/** Linq's error envelope. Any other error is a fault of the sandbox: it is logged and answered 500/3006. */
export function answerRefusal(error: Error, c: Context, traceId: string): Response {
  if (!(error instanceof Refusal)) console.error('sandbox:', error);
  const refusal = error instanceof Refusal ? error : new Refusal('internal');
  const retryAfter = refusal.retryAfterSeconds;
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter));
  const { status, code, message } = refusal;
  const body = { status, code, message, ...(retryAfter !== undefined && { retry_after: retryAfter }) };
  return c.json({ success: false, error: body, trace_id: traceId }, status);
}

/** The request's JSON object, checked by the schema. Throws a refusal that names the fault. */
export async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const json: unknown = await c.req.json().catch(() => undefined);
  const object = z.record(z.string(), z.unknown()).safeParse(json);
  if (!object.success) throw new Refusal('notJson');
  const parsed = schema.safeParse(object.data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') throw new Refusal('badContent', { detail: issue.message });
  if (!(String(issue?.path[0]) in object.data)) throw new Refusal('fieldMissing', { detail: field });
  throw new Refusal('badValue', { detail: `${field}: ${issue?.message}` });
}

/** A UUID from the path, in lower case. Any 8-4-4-4-12 is accepted, since we do not make chat ids. */
export function readUuid(text: string | undefined): string {
  const uuid = z.guid().safeParse(text);
  if (!uuid.success) throw new Refusal('badValue', { detail: 'the id in the path must be a UUID' });
  return uuid.data.toLowerCase();
}

/** A chat id from the path. Every UUID is a chat, made at its first use, except the nil UUID. */
export function readChatId(text: string | undefined): string {
  const chatId = readUuid(text);
  if (chatId === '00000000-0000-0000-0000-000000000000') throw new Refusal('notFound');
  return chatId;
}

/** An address that Linq would open: https. On this machine also http, for the local cloud and the bridge. */
export function readAddress(text: string, field: string): URL {
  const url = new URL(text);
  const here = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && here)) return url;
  throw new Refusal('badValue', { detail: `${field} must be an HTTPS URL` });
}
