import type { HookAnswer, Source, SourceContext, WebhookRequest } from '../../functions/core/ports/source.ts';
import type { Fixture } from '../fixtures.ts';
import type { Proof } from './source-proofs.ts';

/** What a source's test gives to the contract. Optional fields are absent where the scheme lacks the feature. */
export interface SourceCase {
  source: Source;
  /** The sender's secret, which also signed the fixtures, and another secret of the same shape. */
  secret: { name: string; value: string; another: string };
  /** Secrets that only the fetch plan needs, by name. */
  fetchSecrets?: Readonly<Record<string, string>>;
  /** The values of the account that an event must carry behind its signature, by the names of their settings. */
  account?: Readonly<Record<string, string>>;
  fixtures: Readonly<Record<string, Fixture>>;
  /** Fixtures to tamper with, one for each way in which the scheme signs. Each must announce recordings. */
  good: readonly string[];
  /** Pairs of fixtures: one event that is delivered twice, and two different events. */
  retries: readonly (readonly [string, string])[];
  others: readonly (readonly [string, string])[];
  /** The places in a good fixture where the sender proves its identity. */
  proofs: readonly Proof[];
  /** The verdict on a delivery without a proof: `unsigned` where the sender signs when the bridge asks again. */
  withoutProof?: 'refused' | 'unsigned';
  /** Where `covers.time`: how old a delivery may be, and how far ahead of our clock. */
  toleranceSeconds?: { past: number; ahead: number };
  /** Where `covers.id`: the header that carries the id or nonce. */
  idHeader?: string;
  /** Where `covers.body`: the part of these bytes that the vendor covers, where that is not every byte. */
  covered?(body: Uint8Array): string;
  /** Where not `covers.body`: another body with the same proof in it. Without this function, any bytes. */
  otherBody?(request: WebhookRequest): WebhookRequest;
  /** Signs as the sender would, with the good secret at the fixture's time. */
  sign?(request: WebhookRequest): WebhookRequest;
  /** Where the proof needs values in the body: whether `sign` can give them to this one. What cannot carry them is refused. */
  carries?(body: Uint8Array): boolean;
  /** The JSON of a delivery, as `sign` takes it, where that is not the body. */
  payload?(request: WebhookRequest): string;
  /** Paths in the JSON (`data.call.id`) without which an event cannot announce a recording: see `factsToDoWithout`. */
  needed?: RegExp;
  /** Bodies in the source's own form with odd contents, to be signed and read. */
  oddBodies?: readonly (string | Uint8Array)[];
  handshakes?: readonly { request: WebhookRequest; nowSeconds: number; answer: HookAnswer }[];
}

/** The context that a source gets: the fixture's clock and these secrets. */
export const contextOf = (
  { secret, fetchSecrets = {}, account = {} }: SourceCase,
  nowSeconds: number,
  values: readonly string[] = [secret.value],
): SourceContext => ({
  nowMs: nowSeconds * 1000,
  read: async ({ name }) => {
    if (name === secret.name) return values;
    const other = fetchSecrets[name] ?? account[name];
    return other === undefined ? [] : [other];
  },
});

export const judgeWith =
  (sourceCase: SourceCase, nowSeconds: number) =>
  async (request: WebhookRequest, values?: readonly string[]): Promise<string> =>
    (await sourceCase.source.authenticate(request, contextOf(sourceCase, nowSeconds, values))).kind;

/** What an authentic delivery under the name `hook-name` is classified as. */
export const classified = async (sourceCase: SourceCase, { request, nowSeconds, name }: Fixture) => {
  const proof = await sourceCase.source.authenticate(request, contextOf(sourceCase, nowSeconds));
  if (proof.kind !== 'authentic') throw new Error(`the fixture ${name} is ${proof.kind}: ${proof.reason}`);
  return sourceCase.source.classify(proof.event, 'hook-name');
};
