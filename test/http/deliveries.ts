import * as z from 'zod';
import bridge from '../../bridge.config.ts';
import { withHook } from '../../functions/config.ts';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import * as bandwidth from '../../local/senders/bandwidth.sign.ts';
import * as bland from '../../local/senders/bland.sign.ts';
import * as callrail from '../../local/senders/callrail.sign.ts';
import * as daily from '../../local/senders/daily.sign.ts';
import * as dialpad from '../../local/senders/dialpad.sign.ts';
import * as elevenlabs from '../../local/senders/elevenlabs.sign.ts';
import * as gohighlevel from '../../local/senders/gohighlevel.sign.ts';
import * as justcall from '../../local/senders/justcall.sign.ts';
import * as livekit from '../../local/senders/livekit.sign.ts';
import * as plivo from '../../local/senders/plivo.sign.ts';
import * as quo from '../../local/senders/quo.sign.ts';
import * as retell from '../../local/senders/retell.sign.ts';
import * as ringcentral from '../../local/senders/ringcentral.sign.ts';
import * as signalwire from '../../local/senders/signalwire.sign.ts';
import * as sinch from '../../local/senders/sinch.sign.ts';
import * as standard from '../../local/senders/standard-webhooks.sign.ts';
import * as telnyx from '../../local/senders/telnyx.sign.ts';
import * as twilio from '../../local/senders/twilio.sign.ts';
import * as ultravox from '../../local/senders/ultravox.sign.ts';
import * as vapi from '../../local/senders/vapi.sign.ts';
import * as vonage from '../../local/senders/vonage.sign.ts';
import * as zoom from '../../local/senders/zoom-phone.sign.ts';
import { loadFixtures } from '../fixtures.ts';
import { NOW_SECONDS } from './receiving.ts';

/** Every source of the shipped configuration, with what a test needs to send as that source's system. */
export interface Speaker {
  name: string;
  /** What its scheme covers, as it declares. */
  covers: { body: boolean; url: boolean | 'path' };
  /** The first of its bodies, signed now. */
  good: WebhookRequest;
  /** Bodies of its fixtures that announce recordings; a test changes them and signs them anew. */
  bodies: readonly [string, ...string[]];
  /** Signs as the sender would; undefined for a body that the scheme cannot carry. */
  sign(body: Uint8Array): WebhookRequest | undefined;
}

const PUBLIC_URL = 'https://hooks.example.com';
const RECORDING_ID = '0123456789abcdef0123456789abcdef';

const deliveredSchema = z.object({
  secrets: z.record(z.string(), z.string()),
  method: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

/** All speakers, and the secrets that enable their sources. */
export const speakers = async (): Promise<{ speakers: Speaker[]; secrets: Record<string, string> }> => {
  const all = Object.entries(withHook(bridge.sources)).map(async ([name, { covers }]) => {
    const { deliver } = await import(new URL(`../../local/senders/${name}.ts`, import.meta.url).href);
    const url = `${PUBLIC_URL}/hooks/${name}`;
    const recordingUrl = 'https://recordings.example.com/1.mp3';
    const facts = { hookUrl: url, recordingUrl, nowSeconds: NOW_SECONDS, id: RECORDING_ID };
    const { secrets, method, headers, body } = deliveredSchema.parse(deliver(facts));
    const write = SIGN[name];
    if (!write) throw new Error(`nobody can sign for ${name}: add it to SIGN`);
    const sign = (body: Uint8Array) => {
      const signed = write({ url, body, secrets });
      return signed && { method, url, body, ...signed, headers: { ...headers, ...signed.headers } };
    };
    const [first = '', ...others] = [...bodiesOf(name), signedPart(name, body)];
    const good = sign(bytes(first));
    if (!good) throw new Error(`${name} cannot carry its own fixture`);
    return { speaker: { name, covers, good, bodies: [first, ...others] as const, sign }, secrets };
  });
  const made = await Promise.all(all);
  return {
    speakers: made.map(({ speaker }) => speaker),
    secrets: Object.assign({}, ...made.map(({ secrets }) => secrets)),
  };
};

interface Unsigned {
  url: string;
  body: Uint8Array;
  secrets: Readonly<Record<string, string>>;
}
type Sign = (unsigned: Unsigned) => Partial<WebhookRequest> | undefined;

/** A header that covers the body, signed by the fixtures' own code and none of ours. */
const header =
  (name: string, secret: string, sign: (secret: string, body: Uint8Array) => string): Sign =>
  ({ body, secrets }) => ({ body, headers: { [name]: sign(secrets[secret] ?? '', body) } });

const standardly =
  (prefix: string, secret: string, sign: typeof standard.signBytes): Sign =>
  ({ body, secrets }) => ({
    body,
    headers: {
      [`${prefix}-id`]: 'msg_1',
      [`${prefix}-timestamp`]: String(NOW_SECONDS),
      [`${prefix}-signature`]: sign(secrets[secret] ?? '', 'msg_1', NOW_SECONDS, body),
    },
  });

const SIGN: Readonly<Record<string, Sign>> = {
  twilio({ url, body, secrets: { TWILIO_AUTH_TOKEN: token = '' } }) {
    const hashed = `${url}?bodySHA256=${twilio.bodySha256(body)}`;
    return looksLikeJson(body)
      ? { url: hashed, body, headers: { 'x-twilio-signature': twilio.signUrl(token, hashed) } }
      : { body, headers: { 'x-twilio-signature': twilio.signForm(token, url, pairs(body)) } };
  },
  signalwire({ url, body, secrets: { SIGNALWIRE_SIGNING_KEY: key = '' } }) {
    const signature = looksLikeJson(body)
      ? signalwire.signJson(key, url, body)
      : signalwire.signForm(key, url, pairs(body));
    return { body, headers: { 'x-signalwire-signature': signature } };
  },
  plivo({ url, body, secrets: { PLIVO_AUTH_TOKEN: token = '' } }) {
    const nonce = '15310757201708219697';
    const signature = plivo.signV3(token, 'POST', url, body, nonce);
    return { body, headers: { 'x-plivo-signature-v3': signature, 'x-plivo-signature-v3-nonce': nonce } };
  },
  telnyx: ({ body }) => ({ body, headers: telnyx.signedHeaders(NOW_SECONDS, body) }),
  vonage: ({ body, secrets }) => ({
    body,
    headers: vonage.signedHeaders(secrets.VONAGE_SIGNATURE_SECRET ?? '', NOW_SECONDS, body),
  }),
  'zoom-phone': ({ body, secrets }) => ({
    body,
    headers: {
      'x-zm-request-timestamp': String(NOW_SECONDS),
      'x-zm-signature': zoom.signEvent(secrets.ZOOM_PHONE_SECRET_TOKEN ?? '', NOW_SECONDS, body),
    },
  }),
  ringcentral: ({ body, secrets }) => ({
    body,
    headers: ringcentral.tokenHeader(secrets.RINGCENTRAL_VALIDATION_TOKEN ?? ''),
  }),
  dialpad: ({ body, secrets }) => ({ body: bytes(dialpad.jwt(secrets.DIALPAD_WEBHOOK_SECRET ?? '', body)) }),
  /** The token must be in an object. Of a repeated name, the last value counts. */
  aircall({ body, secrets: { AIRCALL_WEBHOOK_TOKEN: token } }) {
    const text = Buffer.from(body).toString().trimEnd();
    if (!/^\s*\{.*\}$/s.test(text)) return undefined;
    const comma = /^\s*\{\s*\}$/.test(text) ? '' : ',';
    return { body: bytes(`${text.slice(0, -1)}${comma}"token":${JSON.stringify(token)}}`) };
  },
  /** Its hook URL and its type stand in an object, or nowhere. A name that stands twice counts with its last value. */
  justcall({ url, body, secrets: { JUSTCALL_API_SECRET: secret = '' } }) {
    const text = Buffer.from(body).toString().trimEnd();
    if (!/^\s*\{.*\}$/s.test(text)) return undefined;
    const comma = /^\s*\{\s*\}$/.test(text) ? '' : ',';
    const type = 'call.completed';
    return {
      body: bytes(`${text.slice(0, -1)}${comma}"webhook_url":${JSON.stringify(url)},"type":"${type}"}`),
      headers: justcall.sign(secret, url, type, NOW_SECONDS),
    };
  },
  ultravox: ({ body, secrets }) => ({
    body,
    headers: ultravox.sign([secrets.ULTRAVOX_WEBHOOK_SECRET ?? ''], ultravox.timeOf(NOW_SECONDS), body),
  }),
  bandwidth: ({ body, secrets }) => ({ body, headers: bandwidth.basic(secrets.BANDWIDTH_WEBHOOK_CREDENTIALS ?? '') }),
  daily: ({ body, secrets }) => ({
    body,
    headers: daily.sign(secrets.DAILY_WEBHOOK_SECRET ?? '', NOW_SECONDS, body),
  }),
  gohighlevel({ body }) {
    const ours = gohighlevel.ofAccount(body, NOW_SECONDS);
    return ours === undefined ? undefined : { body: bytes(ours), headers: gohighlevel.signedHeaders(ours) };
  },
  livekit: ({ body, secrets: { LIVEKIT_API_KEY: key = '', LIVEKIT_API_SECRET: secret = '' } }) => ({
    body,
    headers: livekit.signedHeaders(key, secret, NOW_SECONDS, body),
  }),
  sinch: ({
    url,
    body,
    secrets: { SINCH_APPLICATION_KEY: applicationKey = '', SINCH_APPLICATION_SECRET: secret = '' },
  }) => ({
    body,
    headers: sinch.signedHeaders({ applicationKey, secret, timestamp: sinch.timeOf(NOW_SECONDS), url, body }),
  }),
  callrail: header('signature', 'CALLRAIL_SIGNING_KEY', callrail.sign),
  quo: standardly('webhook', 'QUO_WEBHOOK_SECRET', quo.signCurrentBytes),
  retell: header('x-retell-signature', 'RETELL_API_KEY', (key, body) =>
    retell.signature(key, NOW_SECONDS * 1000, body),
  ),
  vapi: ({ body, secrets }) => ({ body, headers: vapi.secretHeader(secrets.VAPI_SECRET ?? '') }),
  bland: header('x-webhook-signature', 'BLAND_WEBHOOK_SECRET', bland.sign),
  elevenlabs: header('elevenlabs-signature', 'ELEVENLABS_WEBHOOK_SECRET', (secret, body) =>
    elevenlabs.sign(secret, NOW_SECONDS, body),
  ),
  'standard-webhooks': standardly('webhook', 'STANDARD_WEBHOOKS_SECRET', standard.signBytes),
  svix: standardly('svix', 'SVIX_SECRET', standard.signBytes),
};

const bodiesOf = (name: string): string[] =>
  Object.values(loadFixtures(name === 'svix' ? 'standard-webhooks' : name)).flatMap(({ request, expect }) => {
    const announces = expect.kind === 'recordings' && expect.recordings.length > 0 && request.method === 'POST';
    return announces ? [signedPart(name, Buffer.from(request.body).toString())] : [];
  });

/** Where the body is a JWT, the signed part is its claims. */
const signedPart = (name: string, body: string): string =>
  name === 'dialpad' ? Buffer.from(body.split('.')[1] ?? '', 'base64url').toString() : body;

export const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const pairs = (body: Uint8Array) => [...new URLSearchParams(Buffer.from(body).toString())];
const looksLikeJson = (body: Uint8Array) => /^\s*\{/.test(Buffer.from(body.subarray(0, 100)).toString());
