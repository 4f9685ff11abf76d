import type { HookAnswer, Source, SourceContext, WebhookRequest } from '../../functions/core/ports/source.ts';
import type { Fixture } from '../fixtures.ts';
import type { Proof } from './source-proofs.ts';

/** What a source's test tells the contract. All that is optional stays out where the scheme does not have it. */
export interface SourceCase {
  source: Source;
  /** The secret that the sender signs with, what the fixtures were signed with, and another of the same shape. */
  secret: { name: string; value: string; another: string };
  /** Secrets that only the fetch plan needs, by name. */
  fetchSecrets?: Readonly<Record<string, string>>;
  /** The values of the account that an event must carry behind its signature, by the names of their settings. */
  account?: Readonly<Record<string, string>>;
  fixtures: Readonly<Record<string, Fixture>>;
  /** Fixtures to tamper with, one for each way that the scheme signs. Each must come to recordings. */
  good: readonly string[];
  /** Pairs of one event, delivered twice, and of two events. */
  retries: readonly (readonly [string, string])[];
  others: readonly (readonly [string, string])[];
  /** Where the sender proves itself, for a good fixture. */
  proofs: readonly Proof[];
  /** What a delivery without a proof is answered: `unsigned` where the sender signs when it is asked again. */
  withoutProof?: 'refused' | 'unsigned';
  /** Where `covers.time`: how old, and how far ahead of our clock, a delivery may be. */
  toleranceSeconds?: { past: number; ahead: number };
  /** Where `covers.id`: the header that carries the id or nonce. */
  idHeader?: string;
  /** Where `covers.body`: what the vendor says is covered of these bytes, where that is not each single one. */
  covered?(body: Uint8Array): string;
  /** Where not `covers.body`: another body that keeps the proof that is in it. Any bytes, where left out. */
  otherBody?(request: WebhookRequest): WebhookRequest;
  /** Signs as the sender would, with the good secret at the fixture's time. */
  sign?(request: WebhookRequest): WebhookRequest;
  /** Where the proof needs values in the body: whether `sign` can give them to this one. What cannot carry them is refused. */
  carries?(body: Uint8Array): boolean;
  /** The JSON of a delivery, as `sign` takes it, where that is not the body. */
  payload?(request: WebhookRequest): string;
  /** Paths in the JSON (`data.call.id`) without which an event is no recording: see `factsToDoWithout`. */
  needed?: RegExp;
  /** Bodies in the source's own form with odd things in them, to be signed and read. */
  oddBodies?: readonly (string | Uint8Array)[];
  handshakes?: readonly { request: WebhookRequest; nowSeconds: number; answer: HookAnswer }[];
}

/** What the source may use of the world: the fixture's clock and these secrets. */
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

/** What an authentic delivery comes to, under the name `hook-name`. */
export const classified = async (sourceCase: SourceCase, { request, nowSeconds, name }: Fixture) => {
  const proof = await sourceCase.source.authenticate(request, contextOf(sourceCase, nowSeconds));
  if (proof.kind !== 'authentic') throw new Error(`the fixture ${name} is ${proof.kind}: ${proof.reason}`);
  return sourceCase.source.classify(proof.event, 'hook-name');
};
