import { createHash } from 'node:crypto';
import * as z from 'zod';
import { authentic, refused, type SecretRef, type Source, type WebhookRequest } from '../core/ports/source.ts';
import { fileId } from '../core/source/file-id.ts';
import { objectIn } from '../core/source/object-url.ts';
import { partiesInText } from '../core/source/parties-in-text.ts';
import { fact, readKind, unreadable } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';
import { whyStale } from '../core/source/signed-time.ts';

export interface SinchOptions {
  /** The key of the voice application, which each signature names. */
  applicationKey: SecretRef;
  /** Its secret, base64. */
  applicationSecret: SecretRef;
  /** Finds the numbers in the call's `custom` text: `/from=(?<from>\+\d+)/`. Notifications have none of their own. */
  custom?: RegExp;
  /** Hosts that a file may come from where its destination is a URL; any public host where absent. */
  hosts?: readonly string[];
}

/**
 * Sinch Voice (version 1), the notification `recording_available`: `Authorization: application <key>:<signature>`, base64 HMAC-SHA256
 * over method, MD5 of the body, content type, time and path. The file lies in a bucket of the user's.
 * https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request/
 */
export const sinch = ({ applicationKey, applicationSecret, custom, hosts }: SinchOptions): Source => ({
  kind: 'sinch',
  secrets: [applicationSecret, applicationKey],
  covers: { body: true, url: 'path', time: true, id: false },

  async authenticate(request, { nowMs, read }) {
    const { authorization, 'x-timestamp': timestamp = '' } = request.headers;
    const [, key = '', signature = ''] = /^application ([^:\s]+):([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '') ?? [];
    if (!signature) return refused('authorization is needed, as application <key>:<signature>');
    if (!(await read(applicationKey)).includes(key)) return refused('authorization names another application');
    const stale = whyStale('x-timestamp', timestamp, 'iso', TOLERANCE_SECONDS, nowMs);
    if (stale) return refused(stale);
    const keys = (await read(applicationSecret)).map((secret) => Buffer.from(secret, 'base64'));
    const texts = signedTexts(request, timestamp);
    // A mangled secret may decode to nothing, and anyone can sign with that.
    const expected = keys
      .filter(({ length }) => length > 0)
      .flatMap((each) => texts.map((text) => hmac('sha256', each, [text], 'base64')));
    const matches = expected.map((each) => sameText(signature, each));
    return matches.includes(true) ? authentic(request) : refused('the signature in authorization does not match');
  },

  classify(event, name) {
    const typed = readKind(event.body, typeSchema);
    if (typed.kind === 'unreadable') return typed;
    const { event: kind, type } = typed.data;
    if (kind !== 'notify') return { kind: 'ignored', reason: CALLBACKS.get(kind) ?? `event ${kind.slice(0, 100)}` };
    if (type !== 'recording_available')
      return {
        kind: 'ignored',
        reason: NOTIFICATIONS.get(type ?? '') ?? `type ${type?.slice(0, 100) ?? 'is missing'}`,
      };
    const available = availableSchema.safeParse(typed.json);
    if (!available.success) return unreadable(available.error);
    const { callid, destination, custom: text } = available.data;
    const object = objectIn(destination);
    const recording = {
      source: name,
      id: fileId(callid, destination.replace(/[?#].*$/s, '')), // a signed URL may be signed anew
      callId: callid,
      ...partiesInText(text, custom),
      media: object ? { kind: 'object' as const, ...object } : { kind: 'url' as const, url: destination },
    };
    return { kind: 'recordings', recordings: [recording] };
  },

  fetch: {
    // The destination stands in the signed body. A private address is never connected to.
    hosts: hosts ?? 'any-public',
    notYet: [404],
  },
  // No statuses of its own: Sinch does not document after which answers it sends again.
});

/** Sinch documents neither its retries nor whether a retry has a new time. */
const TOLERANCE_SECONDS = { past: 36_000, ahead: 300 };

const SVAML =
  'needs an answer in SVAML, which only your own application can give: forward only notifications to this hook';
const CALLBACKS: ReadonlyMap<string, string> = new Map([
  ['ice', `the start of a call, which ${SVAML}`],
  ['ace', `an answered call, which ${SVAML}`],
  ['pie', `an input, which ${SVAML}`],
  ['dice', 'the end of a call; recording_available brings its recording'],
]);
const NOTIFICATIONS: ReadonlyMap<string, string> = new Map([
  ['recording_finished', 'the recording has only ended; recording_available says that it is stored'],
  ['transcription_available', 'a transcription, no audio'],
  ['transcription_failed', 'a transcription, no audio'],
  ['amd', 'whether a machine answered, no recording'],
]);

/** With the path alone, as documented, and with the query, since Sinch does not document whether it signs the query. */
const signedTexts = ({ method, url, headers, body }: WebhookRequest, timestamp: string): string[] => {
  const { pathname, search } = new URL(url);
  const md5 = createHash('md5').update(body).digest('base64');
  const before = [method, md5, headers['content-type'] ?? '', `x-timestamp:${timestamp}`];
  return [...new Set([pathname, pathname + search])].map((path) => [...before, path].join('\n'));
};

const typeSchema = z.object({ event: z.string({ error: 'is missing' }).min(1), type: fact(z.string().min(1)) });
const availableSchema = z.object({
  callid: z.string({ error: 'is missing' }).min(1).max(256),
  // A file in Azure or Google's storage is taken too, so that the memo's row says why it was not fetched.
  destination: z.url({ error: 'must be a URL, such as s3://bucket/key' }).max(8192),
  custom: fact(z.string()),
});
