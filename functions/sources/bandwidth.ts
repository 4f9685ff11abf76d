import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import type { SecretRef, Source } from '../core/ports/source.ts';
import { firstToken } from '../core/source/first-token.ts';
import { proofBy } from '../core/source/proof.ts';
import { fact, readKind, unreadable } from '../core/source/read-json.ts';

export interface BandwidthOptions {
  /** `user:password`, as the BXML verb's `username` and `password` have them. */
  credentials: SecretRef;
  /** An API client, whose token opens the recordings. */
  clientId: SecretRef;
  clientSecret: SecretRef;
  /** Further hosts that a download may lead to. The token is never sent to them. */
  hosts?: readonly string[];
}

/**
 * Bandwidth Voice, `recordingAvailable`: Basic credentials and no signature, so that nothing of the event is proved except that its
 * sender knows them. A replay is stopped by the recording's id. https://dev.bandwidth.com/docs/voice/webhooks/recordingAvailable/
 */
export const bandwidth = ({ credentials, clientId, clientSecret, hosts = [] }: BandwidthOptions): Source => {
  const proof = proofBy({ signature: { scheme: 'basic', credentials } });
  return {
    kind: 'bandwidth',
    ...proof,

    classify(event, name) {
      const typed = readKind(event.body, typeSchema);
      if (typed.kind === 'unreadable') return typed;
      const { eventType: type, status, mediaUrl } = typed.data;
      const outcome = EVENT_OUTCOMES.get(type);
      if (outcome !== 'act') return { kind: 'ignored', reason: outcome ?? `eventType ${type.slice(0, 100)}` };
      if (status === 'error') return { kind: 'ignored', reason: 'Bandwidth could not make the recording' };
      if (mediaUrl === null) return { kind: 'ignored', reason: 'mediaUrl is null: there is no recording' };
      const recorded = recordedSchema.safeParse(typed.json);
      if (!recorded.success) return unreadable(recorded.error);
      return { kind: 'recordings', recordings: [toRecording(recorded.data, name)] };
    },

    fetch: {
      hosts: [MEDIA_HOST, API_HOST, ...hosts],
      credentialHosts: [MEDIA_HOST, API_HOST],
      secrets: [clientId, clientSecret],
      notYet: [404],
      whenRefused: 'does the API client belong to the account that made the call?',
      async credentials({ media }, { read, exchange }) {
        // Other hosts never get the token, so no token is requested.
        if (media.kind !== 'url' || new URL(media.url).hostname !== MEDIA_HOST) return [];
        const values = await Promise.all([clientId, clientSecret].map(read));
        const token = await firstToken(values, async ([id = '', secret = '']) => {
          const answer = tokenSchema.safeParse(await exchange(tokenRequest(id, secret)));
          return answer.data?.access_token;
        });
        return token === undefined ? [] : [{ authorization: `Bearer ${token}` }];
      },
    },
    // No statuses of its own: Bandwidth sends once more after a failed connection, and never because of a status.
  };
};

const MEDIA_HOST = 'voice.bandwidth.com';
const API_HOST = 'api.bandwidth.com';

/** The outcome of each documented event. */
const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['recordingAvailable', 'act'],
  ['conferenceRecordingAvailable', 'act'],
  ['recordComplete', 'the recording has only ended; recordingAvailable brings the file'],
  ['transcriptionAvailable', 'a transcription, no audio'],
]);

const typeSchema = z.object({
  eventType: z.string({ error: 'is missing' }).min(1),
  status: fact(z.string()),
  mediaUrl: z.unknown().optional(),
});

const text = fact(z.string().trim().min(1).max(256));
const recordedSchema = z.object({
  recordingId: z.string({ error: 'is missing' }).min(1).max(512),
  mediaUrl: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).max(8192),
  // A conference has none of these three.
  from: text,
  to: text,
  direction: fact(z.enum(['inbound', 'outbound'])),
  callId: text,
  conferenceId: text,
  duration: fact(z.string()),
});

const toRecording = (recorded: z.infer<typeof recordedSchema>, source: string): Recording => {
  const { from, to, direction, callId = recorded.conferenceId, duration } = recorded;
  const seconds = secondsOf(duration ?? '');
  return {
    source,
    id: recorded.recordingId,
    ...(callId && { callId }),
    ...(from && { from }),
    ...(to && { to }),
    ...(direction && { direction }),
    ...(seconds !== undefined && { durationSeconds: seconds }),
    media: { kind: 'url', url: recorded.mediaUrl },
  };
};

/** A duration in ISO 8601, of hours, minutes and seconds: `PT1M1.655S`. */
const secondsOf = (duration: string): number | undefined => {
  const found = /^PT(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,9})?)S)?$/.exec(duration);
  if (!found || duration === 'PT') return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = found;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
};

const tokenSchema = z.object({ access_token: z.string().min(1) });
const tokenRequest = (id: string, secret: string) => ({
  url: `https://${API_HOST}/api/v1/oauth2/token`,
  headers: {
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  },
  body: 'grant_type=client_credentials',
});
