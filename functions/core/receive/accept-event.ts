import type { Clock, Secrets, Sources } from '../ports/ports.ts';
import type { HookAnswer, Source, WebhookRequest } from '../ports/source.ts';
import { withFreshSecrets } from '../source/with-fresh-secrets.ts';
import { readHookQuery } from './hook-query.ts';
import type { Inspect } from './inspect-payload.ts';
import { type Taken, type TakeRecordingsPorts, takeRecordings } from './take-recordings.ts';

export { hookQuerySchema } from './hook-query.ts';

/**
 * The outcome of one webhook. `statuses`: the HTTP statuses that this source's sender understands, where they differ
 * from ours.
 */
export type Acceptance =
  | (Taken & { statuses: Source['statuses'] })
  | { kind: 'handshake'; answer: HookAnswer }
  | { kind: 'too-large'; reason: string }
  | { kind: 'no-such-source' };

export interface AcceptEventPorts extends TakeRecordingsPorts {
  sources: Sources;
  /** `signed`: a hook URL's query counts only where the source signs its URL. @default 'any' */
  hookQuery?: 'any' | 'signed';
  secrets: Secrets;
  clock: Clock;
  /** Where payloads are kept. */
  inspect?: Inspect;
}

/** Far above any event without audio in it. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Verifies a webhook, reads the recordings it announces, routes them and puts them on the queue. The queue holds all
 * that the answer calls accepted or pending. Any other answer has changed nothing.
 * @returns the step: `name` is the source's name in the configuration
 * @throws AftercallError `unavailable` when the queue may not hold it
 */
export const acceptEvent =
  (ports: AcceptEventPorts) =>
  async (name: string, request: WebhookRequest): Promise<Acceptance> => {
    const { sources, secrets, clock, hookQuery = 'any' } = ports;
    const source = await sources.find(name);
    if (!source) return { kind: 'no-such-source' };
    const tooLarge = whyTooLarge(source, request.body.length);
    if (tooLarge) return { kind: 'too-large', reason: tooLarge };
    const context = { nowMs: clock.nowMs(), read: secrets.read };
    const answer = await source.handshake?.(request, context);
    if (answer) return { kind: 'handshake', answer };

    const { statuses } = source;
    const proof = await withFreshSecrets(
      secrets,
      () => source.authenticate(request, context),
      ({ kind }) => kind === 'refused',
    );
    if (proof.kind !== 'authentic') return { kind: proof.kind, reason: proof.reason, statuses };
    // Answered with our own status: the user must correct the hook URL, and a retry by the sender cannot help.
    const query = readHookQuery(request.url, source, hookQuery);
    if (query.kind === 'unreadable') return { ...query, statuses: undefined };

    const event = source.classify(proof.event, name);
    if (event.kind === 'not-ready') return { kind: 'ignored', reason: `not ready: ${event.reason}`, statuses };
    if (event.kind !== 'recordings') return { ...event, statuses };
    const payload = await ports.inspect?.(source, request);
    const of = { name, source, query: query.query, nowMs: context.nowMs, ...(payload !== undefined && { payload }) };
    const taken = await takeRecordings(ports, of, event);
    return { ...taken, statuses };
  };

const whyTooLarge = ({ largeBody }: Source, bytes: number): string | undefined => {
  const { maxBytes, instead } = largeBody ?? { maxBytes: MAX_BODY_BYTES, instead: '' };
  if (bytes <= maxBytes) return undefined;
  return `a webhook of this source may have ${maxBytes} bytes${instead && `; ${instead}`}`;
};
