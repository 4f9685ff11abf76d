import type { Parties } from '../../functions/core/model/recording.ts';
import type { Sources } from '../../functions/core/ports/ports.ts';
import {
  type ApiQuestion,
  authentic,
  type Classification,
  refused,
  type Source,
  type WebhookRequest,
} from '../../functions/core/ports/source.ts';

/** A source that classifies each event as given, and whose signature is the header `x-signature: right`. */
export const scriptedSource = (
  means: Classification,
  peculiar: Partial<Pick<Source, 'handshake' | 'lookUpParties' | 'statuses' | 'authenticate' | 'largeBody'>> = {},
): Source => ({
  kind: 'scripted',
  secrets: [],
  covers: { body: true, url: false, time: false, id: false },
  authenticate: async (request) =>
    request.headers['x-signature'] === 'right' ? authentic(request) : refused('x-signature is not right'),
  classify: () => means,
  fetch: { hosts: ['media.example'], notYet: [404] },
  ...peculiar,
});

/** Asks the source's API; the JSON answer is used unchanged as the parties. */
export const asksWhoCalled = (url: string): ((recording: unknown) => ApiQuestion<Parties>) => {
  // A cast: the test that writes the script's answer also types it.
  return () => ({ url, read: (json) => json as Parties });
};

export const sourcesOf = (sources: Readonly<Record<string, Source>>): Sources => ({
  find: async (name) => (Object.hasOwn(sources, name) ? sources[name] : undefined),
});

export const webhook = (query = '', signature = 'right'): WebhookRequest => ({
  method: 'POST',
  url: `https://bridge.example/hooks/acme${query}`,
  headers: { 'x-signature': signature },
  body: Buffer.from('{}'),
});
