import * as z from 'zod';
import type { Parties, Recording } from '../core/model/recording.ts';
import type { SecretRef, Source } from '../core/ports/source.ts';
import { hostOfUrl, orMistakes } from '../core/source/or-mistakes.ts';
import { proofBy } from '../core/source/proof.ts';
import { fact, readKind, unreadable } from '../core/source/read-json.ts';

export interface UltravoxOptions {
  /** The webhook's own secret. */
  webhookSecret: SecretRef;
  /** An API key: it opens the recordings. */
  apiKey: SecretRef;
  /** Where the API is, for a stand-in on a laptop. @default 'https://api.ultravox.ai' */
  apiUrl?: string | undefined;
  /** Hosts that a download may lead to (`*.example.com` takes in subdomains); any public host where absent. */
  hosts?: readonly string[];
}

/**
 * Ultravox, `call.ended`: `X-Ultravox-Webhook-Signature`, hex HMAC-SHA256 over the body and the time right behind it, one for each
 * secret of the webhook. https://docs.ultravox.ai/webhooks/securing-webhooks
 */
export const ultravox = (options: UltravoxOptions): Source => orMistakes('ultravox', () => make(options));

const make = ({ webhookSecret, apiKey, apiUrl = 'https://api.ultravox.ai', hosts }: UltravoxOptions): Source => {
  const proof = proofBy({
    signature: {
      secret: webhookSecret,
      header: 'x-ultravox-webhook-signature',
      separator: ',',
      algorithm: 'sha256',
      encoding: 'hex',
      signed: '{body}{timestamp}',
      timestamp: { header: 'x-ultravox-webhook-timestamp', unit: 'iso', toleranceSeconds: TOLERANCE_SECONDS },
    },
  });
  const hostname = hostOfUrl(apiUrl, 'apiUrl');
  return {
    kind: 'ultravox',
    ...proof,

    classify(event, name) {
      const typed = readKind(event.body, typeSchema);
      if (typed.kind === 'unreadable') return typed;
      const outcome = EVENT_OUTCOMES.get(typed.data.event);
      if (outcome !== 'act') return { kind: 'ignored', reason: outcome ?? `event ${typed.data.event.slice(0, 100)}` };
      const body = bodySchema.safeParse(typed.json);
      if (!body.success) return unreadable(body.error);
      const { call } = body.data;
      if (call.recordingEnabled === false)
        return { kind: 'ignored', reason: 'the call was not recorded: is recordingEnabled on?' };
      if (call.joined === null || call.endReason === 'unjoined')
        return { kind: 'ignored', reason: 'nobody joined the call' };
      return { kind: 'recordings', recordings: [toRecording(call, name, apiUrl)] };
    },

    fetch: {
      // No document names the host that a 302 of the API leads to. A private address is never connected to.
      hosts: hosts ? [hostname, ...hosts] : 'any-public',
      credentials: async (_recording, { read }) => (await read(apiKey)).map((key) => ({ 'x-api-key': key })),
      credentialHosts: [hostname],
      secrets: [apiKey],
      notYet: [404, 425], // the recording is made after the call; Ultravox does not document the status until then
    },
    // No statuses of its own: Ultravox sends an event ten times more until it gets a 2xx.
  };
};

/** Ten retries take eight and a half hours, and whether each has a new time is not documented. */
const TOLERANCE_SECONDS = { past: 36_000, ahead: 300 };

/** The outcome of each documented event. */
const EVENT_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['call.ended', 'act'],
  ['call.started', 'the call has only begun'],
  ['call.joined', 'the call has only begun'],
  ['call.billed', 'the bill of a call; call.ended brings the recording'],
]);

const typeSchema = z.object({ event: z.string({ error: 'is missing' }).min(1) });

const number = fact(z.string().trim().min(1).max(256));
const partiesSchema = z.object({ from: number, to: number, direction: fact(z.enum(['inbound', 'outbound'])) });
/** `medium` has the numbers of a call that Ultravox made. For incoming calls this is not documented. */
const outgoing = fact(z.object({ outgoing: fact(z.object({ from: number, to: number })) }));
const callSchema = z.object({
  callId: z.string({ error: 'is missing' }).regex(/^[\w-]{1,512}$/, 'must be letters, digits, - and _'),
  joined: z.string().nullish().catch(undefined),
  ended: fact(z.string()),
  endReason: fact(z.string()),
  recordingEnabled: fact(z.boolean()),
  medium: fact(z.object({ twilio: outgoing, telnyx: outgoing, plivo: outgoing, sip: outgoing })),
  /** The user's own data, given when the call was made. */
  metadata: fact(partiesSchema),
});
type Call = z.infer<typeof callSchema>;
const bodySchema = z.object({ call: callSchema });

const toRecording = (call: Call, source: string, apiUrl: string): Recording => {
  const seconds = (Date.parse(call.ended ?? '') - Date.parse(call.joined ?? '')) / 1000;
  return {
    source,
    id: call.callId,
    callId: call.callId,
    ...partiesOf(call),
    ...(seconds >= 0 && { durationSeconds: seconds }),
    media: { kind: 'url', url: `${apiUrl}/api/calls/${call.callId}/recording` },
  };
};

const partiesOf = ({ metadata, medium }: Call): Parties => {
  const { twilio, telnyx, plivo, sip } = medium ?? {};
  const made = [twilio, telnyx, plivo, sip].find((each) => each?.outgoing)?.outgoing;
  const { from = made?.from, to = made?.to, direction = made ? 'outbound' : undefined } = metadata ?? {};
  return { ...(from && { from }), ...(to && { to }), ...(direction && { direction }) };
};
