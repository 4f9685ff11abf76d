import { AftercallError } from '../model/errors.ts';
import type { Clock, Secrets } from '../ports/ports.ts';
import type { Source, WebhookRequest } from '../ports/source.ts';
import type { Acceptance, acceptEvent } from './accept-event.ts';

export interface FollowSenderRulesPorts {
  /** Every source of the configuration, on or off. */
  sources: Readonly<Record<string, Source>>;
  accept: ReturnType<typeof acceptEvent>;
  secrets: Pick<Secrets, 'read'>;
  clock: Clock;
}

/**
 * `acceptEvent` for senders with rules of their own. A sender that tests the hook URL before its secret is known is answered. A failure
 * of ours gets the status that makes the sender try again, where 503 does not.
 * @throws what `acceptEvent` throws, where the source has no status of its own for that
 */
export const followSenderRules =
  ({ sources, accept, secrets, clock }: FollowSenderRulesPorts) =>
  async (name: string, request: WebhookRequest): Promise<Acceptance> => {
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    try {
      const acceptance = await accept(name, request);
      if (acceptance.kind !== 'no-such-source' || !source?.handshakeWhileOff) return acceptance;
      const answer = await source.handshake?.(request, { nowMs: clock.nowMs(), read: secrets.read });
      return answer ? { kind: 'handshake', answer } : acceptance;
    } catch (cause) {
      if (source?.statuses?.unavailable === undefined) throw cause;
      const retryAfterMs = cause instanceof AftercallError ? cause.retryAfterMs : undefined;
      const reason = 'the bridge cannot take the event now; send it again';
      return {
        kind: 'unavailable',
        reason,
        cause,
        statuses: source.statuses,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      };
    }
  };
