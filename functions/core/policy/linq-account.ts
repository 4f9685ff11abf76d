import { LINQ_TOKENS_KEY } from '../model/keys.ts';
import { isoTime } from '../model/timing.ts';
import type { Clock, KeyValueStore, Log } from '../ports/ports.ts';

/** What Linq tells of our account: a token that will end or has ended, a subscription that was switched off. */
export type AccountNotice =
  /** `expiresAt` is undefined where the token has no end. */
  | { kind: 'token'; token: string; expiresAt?: string }
  | { kind: 'token-gone'; token: string; how: 'expired' | 'deleted' }
  | { kind: 'subscription-off'; target: string };

const DAY_MS = 24 * 60 * 60 * 1000;
/** So long before a token's end a person is told again, at each sweep. */
const REMIND_MS = 7 * DAY_MS;
/** An account has a few; what is remembered of them is one note. */
const MAX_TOKENS = 50;
const KEPT_MS = 5 * 365 * DAY_MS;

type Ports = { keyValues: Pick<KeyValueStore, 'read' | 'write'>; clock: Clock; log: Log };

/**
 * On the day that our token ends, Linq answers 401 and every memo waits. Which of the account's tokens is ours Linq does not say, so
 * each is told of.
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
      tell(log, 'api', `an API token of Linq's ${notice.how === 'expired' ? 'has expired' : 'was deleted'}`);
    else if (expiresAt && expiresAt !== known) tell(log, 'api', endsAt(expiresAt));
  };

/** Tells of each token that ends within a week; one that has ended is forgotten. */
export const remindOfTokens =
  ({ keyValues, clock, log }: Ports) =>
  async (): Promise<void> => {
    const tokens = Object.entries((await keyValues.read(LINQ_TOKENS_KEY)) ?? {});
    const nowMs = clock.nowMs();
    const left = tokens.filter(([, at]) => Date.parse(at) > nowMs);
    if (left.length < tokens.length) await keyValues.write(LINQ_TOKENS_KEY, Object.fromEntries(left), KEPT_MS);
    for (const [, at] of left) if (at <= isoTime(nowMs + REMIND_MS)) tell(log, 'tend', endsAt(at));
  };

const endsAt = (at: string): string => `an API token of Linq's ends at ${at}: if it is ours, set its successor before`;

const tell = (log: Log, step: string, reason: string) =>
  log.error("an API token of Linq's ends", { step, outcome: 'linq-account', reason });

const byTime = ([, one]: [string, string], [, other]: [string, string]): number => (one < other ? -1 : 1);
