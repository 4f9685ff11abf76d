import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import type { SecretRef, Source } from '../core/ports/source.ts';
import { hostOfUrl, orMistakes } from '../core/source/or-mistakes.ts';
import { proofBy } from '../core/source/proof.ts';
import { fact, readJson, readKind, unreadable } from '../core/source/read-json.ts';

export interface DailyOptions {
  /** The webhook's secret, base64, as Daily answers it when the webhook is made. */
  webhookSecret: SecretRef;
  /** The domain's API key: it asks for the URL of a recording. */
  apiKey: SecretRef;
  /** The S3 bucket of yours that Daily records into (`recordings_bucket`), to be read by `buckets`. @default Daily's own, by the API */
  bucket?: string;
  /** Where the API is, for a stand-in on a laptop. @default 'https://api.daily.co' */
  apiUrl?: string | undefined;
  /** Hosts that a recording may come from (`*.example.com` takes in subdomains); any public host where absent. */
  hosts?: readonly string[];
}

/**
 * Daily, `recording.ready-to-download`: `X-Webhook-Signature`, base64 HMAC-SHA256 over `<timestamp>.<body>`.
 * https://docs.daily.co/reference/rest-api/webhooks
 */
export const daily = (options: DailyOptions): Source => orMistakes('daily', () => make(options));

const make = ({ webhookSecret, apiKey, bucket, apiUrl = 'https://api.daily.co', hosts }: DailyOptions): Source => {
  const proof = proofOf(webhookSecret);
  const hostname = hostOfUrl(apiUrl, 'apiUrl');
  return {
    kind: 'daily',
    ...proof,

    // Daily tests the URL before it shows the secret, so the test cannot be verified. It is answered, and does nothing else.
    async handshake({ body }) {
      const isTest = body.length < 100 && testSchema.safeParse(readJson(body)).success;
      return isTest ? { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' } : undefined;
    },
    handshakeWhileOff: true,

    classify(event, name) {
      const typed = readKind(event.body, typeSchema);
      if (typed.kind === 'unreadable') return typed;
      const { type } = typed.data;
      if (type !== 'recording.ready-to-download') return { kind: 'ignored', reason: ignoredBecause(type) };
      const ready = readySchema.safeParse(typed.json);
      if (!ready.success) return unreadable(ready.error);
      const { payload } = ready.data;
      if (payload.type === 'raw-tracks')
        return { kind: 'ignored', reason: 'raw tracks, not one recording of the call' };
      return { kind: 'recordings', recordings: [toRecording(payload, name, bucket)] };
    },

    fetch: {
      // The URL is the API's own answer, presigned, and no document names its host. A private address is never connected to.
      hosts: hosts ? [hostname, ...hosts] : 'any-public',
      credentials: async (_recording, { read }) =>
        (await read(apiKey)).map((key) => ({ authorization: `Bearer ${key}` })),
      credentialHosts: [hostname],
      secrets: [apiKey],
      notYet: [404],
      freshUrl: ({ id }) => ({
        url: `${apiUrl}/v1/recordings/${encodeURIComponent(id)}/access-link`,
        // Without a link, the field holds an error as text.
        read: (json) => linkSchema.safeParse(json).data?.download_link,
      }),
    },

    // Every status but 200 is a failure, and the third in a row stops the webhook. So an unreadable event is answered 200. A refused
    // event is a failure, since the webhook then has another secret than ours.
    statuses: { accepted: 200, pending: 200, ignored: 200, unreadable: 200 },
  };
};

const proofOf = (secret: SecretRef) =>
  proofBy({
    signature: {
      secret,
      key: 'base64',
      header: 'x-webhook-signature',
      algorithm: 'sha256',
      encoding: 'base64',
      signed: '{timestamp}.{body}',
      timestamp: { header: 'x-webhook-timestamp', unit: 'auto', toleranceSeconds: TOLERANCE_SECONDS },
    },
  });

/** Daily documents neither when it retries nor whether a retry has a new time. */
const TOLERANCE_SECONDS = { past: 86_400, ahead: 300 };

const testSchema = z.strictObject({ test: z.literal('test') });

const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['recording.started', 'the recording has only begun'],
  ['recording.error', 'Daily could not make the recording'],
]);
/** The groups of events that have no audio. */
const GROUPS: ReadonlyMap<string, string> = new Map([
  ['meeting', 'a meeting, no recording'],
  ['participant', 'a participant, no recording'],
  ['waiting-participant', 'a participant, no recording'],
  ['transcript', 'a transcript, no audio'],
  ['batch-processor', 'later work on a recording that has had its own event'],
  ['streaming', 'a live stream, no recording'],
  ['dialin', 'a dialled call; its recording has an event of its own'],
  ['dialout', 'a dialled call; its recording has an event of its own'],
]);
const ignoredBecause = (type: string): string =>
  EVENT_OUTCOMES.get(type) ?? GROUPS.get(type.split('.')[0] ?? '') ?? `type ${type.slice(0, 100)}`;

const typeSchema = z.object({ type: z.string({ error: 'is missing' }).min(1) });
const payloadSchema = z.object({
  recording_id: z.string({ error: 'is missing' }).min(1).max(512),
  type: fact(z.string()),
  s3_key: fact(z.string().min(1).max(1024)),
  duration: fact(z.number().nonnegative()),
});
const readySchema = z.object({ payload: payloadSchema });

const toRecording = (
  { recording_id: id, duration, s3_key: key }: z.infer<typeof payloadSchema>,
  source: string,
  bucket: string | undefined,
): Recording => ({
  source,
  id,
  ...(duration != null && { durationSeconds: duration }),
  media: bucket !== undefined && key ? { kind: 'object', bucket, key } : { kind: 'ask' },
});

const linkSchema = z.object({ download_link: z.url({ protocol: /^https?$/ }).max(8192) });
