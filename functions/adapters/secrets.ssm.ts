import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { Clock, Secrets } from '../core/ports.ts';
import { values } from './secrets.environment.ts';

/** How long a value is believed before it is read again: a rotated secret is in use everywhere after this long. */
const FRESH_MS = 60_000;
/** Refusals, which anybody can cause, make nobody ask SSM more often than this. */
const FORGET_MS = 5_000;

/** SSM SecureStrings under a prefix such as `/aftercall/prod/`, each cached for a minute, or until one is refused. */
export const ssmSecrets = (client: SSMClient, { prefix, clock }: { prefix: string; clock: Clock }): Secrets => {
  const cache = new Map<string, { readAtMs: number; values: Promise<readonly string[]> }>();
  return {
    read({ name }) {
      const cached = cache.get(name);
      if (cached && clock.nowMs() - cached.readAtMs < FRESH_MS) return cached.values;
      const entry = { readAtMs: clock.nowMs(), values: fetchValues(client, prefix + name) };
      entry.values.catch(() => cache.delete(name)); // a failed read is not remembered; its callers see it
      cache.set(name, entry);
      return entry.values;
    },
    forget() {
      const old = [...cache].filter(([, { readAtMs }]) => clock.nowMs() - readAtMs >= FORGET_MS);
      for (const [name] of old) cache.delete(name);
      return old.length > 0;
    },
  };
};

/** GetParameters rather than GetParameter: an absent name is an answer there, not an error. */
const fetchValues = async (client: SSMClient, name: string): Promise<readonly string[]> => {
  const { Parameters = [] } = await client.send(new GetParametersCommand({ Names: [name], WithDecryption: true }));
  return values(Parameters[0]?.Value);
};
