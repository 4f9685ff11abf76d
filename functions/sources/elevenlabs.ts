import * as z from 'zod';
import { badConfiguration } from '../core/model/bad-configuration.ts';
import type { Parties } from '../core/model/recording.ts';
import {
  type Announced,
  authentic,
  type Classification,
  refused,
  type SecretRef,
  type Source,
} from '../core/ports/source.ts';
import { orMistakes } from '../core/source/or-mistakes.ts';
import { fact, readKind, unreadable } from '../core/source/read-json.ts';
import { hmac, sameText } from '../core/source/signature.ts';

export interface ElevenLabsOptions {
  /** The signing secret, which ElevenLabs shows once when the webhook is made. */
  webhookSecret: SecretRef;
  /**
   * An API key that opens a conversation's audio and reads who called whom. A workspace in another region has its own
   * key.
   */
  apiKey: SecretRef;
  /** The API of the workspace's region, such as `api.eu.residency.elevenlabs.io`. @default 'api.elevenlabs.io' */
  apiHost?: string | undefined;
}

/**
 * ElevenLabs Agents, post-call webhooks: `t=<seconds>,v0=<hex>`, HMAC-SHA256 over `<t>.<body>`, thirty minutes either
 * way (its own library knows no upper end). https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks
 */
export const elevenlabs = (options: ElevenLabsOptions): Source => orMistakes('elevenlabs', () => make(options));

const make = ({ webhookSecret, apiKey, apiHost = 'api.elevenlabs.io' }: ElevenLabsOptions): Source => {
  const host = checkedHost(apiHost);
  return {
    kind: 'elevenlabs',
    secrets: [webhookSecret],
    covers: { body: true, url: false, time: true, id: false },

    async authenticate(request, { nowMs, read }) {
      const header = request.headers['elevenlabs-signature'];
      if (!header) return refused('elevenlabs-signature is needed');
      const parts = header.split(',');
      const timestamp = parts.find((part) => part.startsWith('t='))?.slice('t='.length) ?? '';
      const signature = parts.find((part) => part.startsWith('v0='))?.slice('v0='.length) ?? '';
      if (!/^\d{1,12}$/.test(timestamp)) return refused('elevenlabs-signature has no t in seconds');
      if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_SECONDS)
        return refused('elevenlabs-signature is stale');
      const secrets = await read(webhookSecret);
      const matches = secrets.map((secret) =>
        sameText(signature, hmac('sha256', secret, [`${timestamp}.`, request.body], 'hex')),
      );
      return matches.includes(true) ? authentic(request) : refused('elevenlabs-signature does not match');
    },

    classify(event, name) {
      const typed = readKind(event.body, typeSchema);
      if (typed.kind === 'unreadable') return typed;
      const { json } = typed;
      const { type } = typed.data;
      if (type === 'post_call_transcription') return readTranscription(json, name, host);
      if (type === 'post_call_audio') return readAudio(json, name);
      if (type.startsWith('unredacted_'))
        return {
          kind: 'ignored',
          reason: `${type.slice(0, 100)}: the bridge acts on the redacted event of the same call`,
        };
      return { kind: 'ignored', reason: IGNORED.get(type) ?? `type ${type.slice(0, 100)}` };
    },

    /** The transcription event has all known parties; the audio event has none. */
    lookUpParties({ id, media }) {
      if (media.kind !== 'inbox') return undefined;
      return {
        url: conversationUrl(host, id),
        read: (answer) => partiesIn(conversationSchema.safeParse(answer).data?.metadata),
      };
    },

    fetch: {
      hosts: [host],
      async credentials(_recording, { read }) {
        const keys = await read(apiKey);
        return keys.map((key) => ({ 'xi-api-key': key }));
      },
      credentialHosts: [host],
      secrets: [apiKey],
      whenRefused: `is the API key valid, may it read conversations, and is ${host} the region of its workspace?`,
      notYet: [404], // the event comes after the analysis, and the audio may not be ready yet
    },

    // ElevenLabs counts every status but 200 as a failure, and disables a webhook after ten failures in a row. It sends
    // an event once, unless retries are turned on, and a retry does not help an event that cannot be read.
    statuses: { accepted: 200, pending: 200, ignored: 200, unreadable: 200 },

    largeBody: {
      maxBytes: 4_500_000,
      instead: 'subscribe to post_call_transcription in place of post_call_audio: the bridge then fetches the audio',
    },
  };
};

/** As in its own library. The last retry comes some 40 minutes after the first attempt: so it must be signed anew, or nobody takes it. */
const TOLERANCE_SECONDS = 1800;

/**
 * The key is sent to this host, so it must be ElevenLabs' own: `api.elevenlabs.io`, `api.us.…`,
 * `api.{eu,in,sg}.residency.…`.
 */
const checkedHost = (host: string): string => {
  if (/^api(\.[a-z0-9-]+)*\.elevenlabs\.io$/.test(host)) return host;
  const rule = 'must be a host such as api.eu.residency.elevenlabs.io, without https://,';
  throw badConfiguration([`apiHost: ${rule} and is ${host}`]);
};

const conversationUrl = (host: string, id: string) =>
  `https://${host}/v1/convai/conversations/${encodeURIComponent(id)}`;

const IGNORED: ReadonlyMap<string, string> = new Map([
  ['call_initiation_failure', 'the call could not be started, so there is no recording'],
  ['answering_machine_detection', 'whether a person or a machine answered; the audio comes with the transcription'],
]);

const typeSchema = z.object({ type: z.string().min(1) });

/** Both events of a conversation have this id, so that a subscription to both makes one memo. */
const conversationId = z.string().regex(/^[\w-]{1,512}$/, 'must be letters, digits, - and _');
const metadataSchema = z.object({
  call_duration_secs: fact(z.number().nonnegative()),
  phone_call: z.unknown().optional(),
});
const conversationSchema = z.object({ metadata: metadataSchema });
const transcriptionSchema = z.object({
  data: z.object({
    conversation_id: conversationId,
    has_audio: fact(z.boolean()),
    metadata: fact(metadataSchema),
  }),
});
const audioSchema = z.object({ data: z.object({ conversation_id: conversationId, full_audio: z.string().min(1) }) });

const readTranscription = (json: unknown, source: string, host: string): Classification => {
  const event = transcriptionSchema.safeParse(json);
  if (!event.success) return unreadable(event.error);
  const { conversation_id: id, has_audio, metadata } = event.data.data;
  if (has_audio === false) return { kind: 'ignored', reason: 'the conversation has no audio' };
  const seconds = metadata?.call_duration_secs;
  return one({
    source,
    id,
    callId: id,
    ...partiesIn(metadata),
    ...(seconds != null && { durationSeconds: seconds }),
    media: { kind: 'url', url: `${conversationUrl(host, id)}/audio` },
  });
};

const readAudio = (json: unknown, source: string): Classification => {
  const event = audioSchema.safeParse(json);
  if (!event.success) return unreadable(event.error);
  const { conversation_id: id, full_audio } = event.data.data;
  // Node's decoder skips characters that are no base64, and a regular expression over megabytes overflows the stack.
  const bytes = Buffer.from(full_audio, 'base64');
  if (bytes.toString('base64') !== full_audio) return { kind: 'unreadable', reason: 'data.full_audio: must be base64' };
  return one({ source, id, callId: id, media: { kind: 'inline', bytes } });
};

const one = (recording: Announced): Classification => ({ kind: 'recordings', recordings: [recording] });

const number = fact(z.string().max(256));
const phoneCallSchema = z.object({
  direction: z.enum(['inbound', 'outbound']),
  agent_number: number,
  external_number: number,
});

/** No parties for a conversation in a browser. Unreadable facts are left out, since the event comes only once. */
const partiesIn = (metadata: z.infer<typeof metadataSchema> | null | undefined): Parties | undefined => {
  const call = phoneCallSchema.safeParse(metadata?.phone_call);
  if (!call.success) return undefined;
  const { direction, agent_number: agent, external_number: external } = call.data;
  const [from, to] = direction === 'inbound' ? [external, agent] : [agent, external];
  return { direction, ...(from && { from }), ...(to && { to }) };
};
