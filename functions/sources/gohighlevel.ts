import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import type { SecretRef, Source } from '../core/ports/source.ts';
import { hostOfUrl, orMistakes } from '../core/source/or-mistakes.ts';
import { proofBy } from '../core/source/proof.ts';
import { fact, readKind, unreadable } from '../core/source/read-json.ts';

export interface GohighlevelOptions {
  /** HighLevel's published key, the same for every app and account: the base64 of the PEM file in one line. */
  publicKey: SecretRef;
  /** The marketplace app whose webhook this is, and the locations (sub-accounts) whose calls are taken. */
  appId: SecretRef;
  locationId: SecretRef;
  /** A token with the scope `conversations/message.readonly`: it opens the recordings. */
  token: SecretRef;
  /** Where the API is, for a stand-in on a laptop. @default 'https://services.leadconnectorhq.com' */
  apiUrl?: string | undefined;
  /** Hosts that a download may lead to (`*.example.com` takes in subdomains); any public host where absent. */
  hosts?: readonly string[];
}

/**
 * HighLevel (GoHighLevel, LeadConnector), message events of a marketplace app: `X-GHL-Signature`, Ed25519 over the body. One key signs for
 * all of HighLevel's customers, so app and location in the signed body must be ours.
 * https://marketplace.gohighlevel.com/docs/webhook/WebhookIntegrationGuide
 */
export const gohighlevel = (options: GohighlevelOptions): Source => orMistakes('gohighlevel', () => make(options));

const make = ({
  publicKey,
  appId,
  locationId,
  token,
  apiUrl = 'https://services.leadconnectorhq.com',
  hosts,
}: GohighlevelOptions): Source => {
  const proof = proofBy({
    signature: { publicKey, header: 'x-ghl-signature', algorithm: 'ed25519', signed: '{body}' },
    timestampInBody: { path: 'timestamp', unit: 'iso', toleranceSeconds: TOLERANCE_SECONDS },
    account: [
      { path: 'appId', equals: appId },
      { path: 'locationId', equals: locationId },
    ],
  });
  const hostname = hostOfUrl(apiUrl, 'apiUrl');
  return {
    kind: 'gohighlevel',
    ...proof,

    classify(event, name) {
      const typed = readKind(event.body, typeSchema);
      if (typed.kind === 'unreadable') return typed;
      const { type, messageType } = typed.data;
      if (!MESSAGES.includes(type)) return { kind: 'ignored', reason: `type ${type.slice(0, 100)}` };
      if (messageType !== 'CALL')
        return { kind: 'ignored', reason: `messageType ${messageType?.slice(0, 100) ?? 'is missing'}: not a call` };
      const call = callSchema.safeParse(typed.json);
      if (!call.success) return unreadable(call.error);
      const status = call.data.status ?? call.data.callStatus;
      if (status && !RECORDED.includes(status))
        return { kind: 'ignored', reason: `a call that is ${status.slice(0, 100)}` };
      return { kind: 'recordings', recordings: [toRecording(call.data, name, apiUrl)] };
    },

    fetch: {
      // No document says whether the API leads elsewhere. A private address is never connected to.
      hosts: hosts ? [hostname, ...hosts] : 'any-public',
      credentials: async (_recording, { read }) =>
        (await read(token)).map((value) => ({ authorization: `Bearer ${value}`, version: API_VERSION })),
      credentialHosts: [hostname],
      secrets: [token],
      notYet: [404, 422], // third parties have seen both for a recording that is not there yet
      whenRefused: 'does the token have the scope conversations/message.readonly, for this location?',
    },

    // HighLevel sends again only after a 429, six times, ten minutes apart. After any other error the event is lost.
    statuses: { unavailable: 429 },
  };
};

/** The time in the body stays the same over seventy minutes of retries. */
const TOLERANCE_SECONDS = { past: 7200, ahead: 300 };

const API_VERSION = '2021-04-15';

const MESSAGES: readonly string[] = ['InboundMessage', 'OutboundMessage'];
/** The states of a call with audio. The other states (no-answer, busy, failed, canceled, …) have none. */
const RECORDED: readonly string[] = ['completed', 'voicemail'];

const typeSchema = z.object({ type: z.string({ error: 'is missing' }).min(1), messageType: fact(z.string().min(1)) });

const text = fact(z.string().trim().min(1).max(256));
const idSchema = z.string({ error: 'is missing' }).regex(/^[\w-]{1,256}$/, 'must be letters, digits, - and _');
const callSchema = z.object({
  messageId: idSchema,
  locationId: idSchema,
  status: text,
  callStatus: text,
  from: text,
  to: text,
  // The event's name shows who wrote; this field shows who called.
  direction: fact(z.enum(['inbound', 'outbound'])),
  callDuration: fact(z.number().nonnegative()),
});

const toRecording = (call: z.infer<typeof callSchema>, source: string, apiUrl: string): Recording => ({
  source,
  id: call.messageId,
  callId: call.messageId,
  ...(call.from && { from: call.from }),
  ...(call.to && { to: call.to }),
  ...(call.direction && { direction: call.direction }),
  ...(call.callDuration != null && { durationSeconds: call.callDuration }),
  media: {
    kind: 'url',
    url: `${apiUrl}/conversations/messages/${call.messageId}/locations/${call.locationId}/recording`,
  },
});
