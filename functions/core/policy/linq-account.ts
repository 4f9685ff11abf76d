import { LINQ_TOKENS_KEY } from '../model/keys.ts';
import { DAY_MS, isoTime } from '../model/timing.ts';
import type { Clock, KeyValueStore, Log } from '../ports/ports.ts';

/** Linq's events about our account: a token that expires or has expired, a subscription that was switched off. */
export type AccountNotice =
  /** `expiresAt` is undefined where the token does not expire. */
  | { kind: 'token'; token: string; expiresAt?: string }
  | { kind: 'token-gone'; token: string; how: 'expired' | 'deleted' }
  | { kind: 'subscription-off'; target: string };

/** From this long before a token expires, each sweep reports it. */
const REMIND_MS = 7 * DAY_MS;
/** All tokens are stored under one key. An account has only a few. */
const MAX_TOKENS = 50;
const KEPT_MS = 5 * 365 * DAY_MS;

type Ports = { keyValues: Pick<KeyValueStore, 'read' | 'write'>; clock: Clock; log: Log };

/**
 * Reports every token that expires: after that, Linq answers 401 and every memo waits. Linq does not say which of the
 * account's tokens is ours, so all are reported.
 */
export const applyAccountEvent =
  ({ keyValues, log }: Ports) =>
  async (notice: AccountNotice): Promise<void> => {
    if (notice.kind === 'subscription-off') {
      const reason = `Linq has switched off the subscription to ${notice.target}`;
      log.error('a webhook subscription at Linq is off', { step: 'api', outcome: 'linq-account', reason });
      return;
    }
    const { token } = notice;
    const { [token]: known, ...others } = (await keyValues.read(LINQ_TOKENS_KEY)) ?? {};
    const expiresAt = notice.kind === 'token' ? notice.expiresAt : undefined;
    const kept = Object.entries({ ...others, ...(expiresAt && { [token]: expiresAt }) });
    await keyValues.write(LINQ_TOKENS_KEY, Object.fromEntries(kept.sort(byTime).slice(0, MAX_TOKENS)), KEPT_MS);
    if (notice.kind === 'token-gone')
      tell(
        log,
        'api',
        `an API token at Linq ${notice.how === 'expired' ? 'has expired' : 'was deleted'}: if the token is ours, set a new one now`,
      );
    else if (expiresAt && expiresAt !== known) tell(log, 'api', endsAt(expiresAt));
  };

/** Reports each token that expires within a week, and forgets tokens that have expired. */
export const remindOfTokens =
  ({ keyValues, clock, log }: Ports) =>
  async (): Promise<void> => {
    const tokens = Object.entries((await keyValues.read(LINQ_TOKENS_KEY)) ?? {});
    const nowMs = clock.nowMs();
    const left = tokens.filter(([, at]) => Date.parse(at) > nowMs);
    if (left.length < tokens.length) await keyValues.write(LINQ_TOKENS_KEY, Object.fromEntries(left), KEPT_MS);
    for (const [, at] of left) if (at <= isoTime(nowMs + REMIND_MS)) tell(log, 'tend', endsAt(at));
  };

const endsAt = (at: string): string =>
  `an API token at Linq expires at ${at}: if the token is ours, set a new one before that time`;

const tell = (log: Log, step: string, reason: string) =>
  log.error('an API token at Linq expires', { step, outcome: 'linq-account', reason });

const byTime = ([, one]: [string, string], [, other]: [string, string]): number => (one < other ? -1 : 1);
