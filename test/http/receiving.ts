import { defineBridge, secret, sourcesThatAreOn } from '../../functions/config.ts';
import type { RecordingMessage } from '../../functions/core/model/messages.ts';
import type { Route } from '../../functions/core/model/route.ts';
import type { Log, LogFacts, RecordingsQueue } from '../../functions/core/ports/ports.ts';
import type { Source, WebhookRequest } from '../../functions/core/ports/source.ts';
import { acceptEvent } from '../../functions/core/receive/accept-event.ts';
import { followSenderRules } from '../../functions/core/receive/follow-sender-rules.ts';
import { hooksApp } from '../../functions/http/hooks.ts';
import { standardWebhooks } from '../../functions/sources/standard-webhooks.ts';
import { twilio } from '../../functions/sources/twilio.ts';
import { signText } from '../../local/senders/standard-webhooks.sign.ts';
import { memorySecrets } from '../fakes/secrets.memory.ts';

export const TWILIO_TOKEN = 'b4e7bb6efd6c8bf0cf81e0d0c49b583a';
export const STANDARD_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const NOW_SECONDS = 1785000000;

interface Settings {
  publicUrl?: string;
  routes?: readonly Route[];
  hookQuery?: 'any' | 'signed';
  /** Replaces the sources that stand in for a bridge's own. */
  sources?: Readonly<Record<string, Source>>;
  queue?: RecordingsQueue;
  secrets?: Readonly<Record<string, readonly string[]>>;
}

export const signedSources = () => ({
  twilio: twilio({ authToken: secret('TWILIO_AUTH_TOKEN') }),
  'standard-webhooks': standardWebhooks({ secret: secret('STANDARD_WEBHOOKS_SECRET') }),
});

/** `receive` without AWS: the real app, step and sources; records what it queued and logged. */
export const receiving = (settings: Settings = {}) => {
  const values = settings.secrets ?? { TWILIO_AUTH_TOKEN: [TWILIO_TOKEN], STANDARD_WEBHOOKS_SECRET: [STANDARD_SECRET] };
  const secrets = memorySecrets(values);
  const queued: RecordingMessage[] = [];
  const { log, lines } = keptLog();
  const bridge = defineBridge({ sources: settings.sources ?? signedSources(), routes: settings.routes ?? [] });
  const clock = { nowMs: () => NOW_SECONDS * 1000 };
  const accept = acceptEvent({
    sources: sourcesThatAreOn(bridge, secrets),
    routes: bridge.routes,
    ...(settings.hookQuery && { hookQuery: settings.hookQuery }),
    recordings: settings.queue ?? { send: async (messages) => void queued.push(...messages) },
    inbox: { put: async () => {} },
    inboxId: () => 'inline',
    secrets,
    clock,
    log,
  });
  const following = followSenderRules({ sources: bridge.sources, accept, secrets, clock });
  const app = hooksApp({ accept: following, publicUrl: settings.publicUrl ?? 'https://hooks.example.com', log });
  return { app, queued, lines };
};

/** Delivers a request to its URL. */
export const deliver = async ({ app }: Pick<ReturnType<typeof receiving>, 'app'>, request: WebhookRequest) => {
  const { pathname, search } = new URL(request.url);
  const body = request.method === 'GET' ? {} : { body: request.body };
  return app.request(pathname + search, { method: request.method, headers: request.headers, ...body });
};

/** An event of the generic source. */
export const standardEvent = (data: object, query = '') => {
  const body = JSON.stringify({ type: 'recording.completed', data });
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(NOW_SECONDS),
    'webhook-signature': signText(STANDARD_SECRET, 'msg_1', NOW_SECONDS, body),
  };
  const url = `https://hooks.example.com/hooks/standard-webhooks${query}`;
  return { method: 'POST', url, headers, body: new Uint8Array(Buffer.from(body)) };
};

export const keptLog = () => {
  const lines: string[] = [];
  const keep = (level: keyof Log) => (message: string, facts?: LogFacts) => {
    lines.push(JSON.stringify({ level, message, ...facts, error: String(facts?.error) }));
  };
  const log: Log = { info: keep('info'), warn: keep('warn'), error: keep('error') };
  return { log, lines };
};
