import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { Clock, SecretStore } from '../core/ports/ports.ts';
import { secretValues } from '../core/source/secret-values.ts';

/** How long a value is cached: a rotated secret is in use everywhere after this time. */
const FRESH_MS = 60_000;
/** Anybody can cause refusals, so they make us ask SSM at most this often. */
const FORGET_MS = 5_000;
/** How long the last value is used while SSM does not answer, so that an outage of SSM loses no webhook. */
const LAST_RESORT_MS = 15 * 60_000;

/**
 * SSM SecureStrings under a prefix such as `/aftercall/prod/`, each cached for a minute, or until a value is refused.
 * `read` throws where SSM does not answer and no value of the last quarter of an hour is known.
 */
export const ssmSecrets = (client: SSMClient, { prefix, clock }: { prefix: string; clock: Clock }): SecretStore => {
  const cache = new Map<string, { readAtMs: number; freshMs: number; text: Promise<string | undefined> }>();
  const lastGood = new Map<string, { readAtMs: number; text: string | undefined }>();

  const readAnew = async (name: string, readAtMs: number): Promise<string | undefined> => {
    try {
      const text = await fetchText(client, prefix + name);
      lastGood.set(name, { readAtMs, text });
      return text;
    } catch (error) {
      cache.delete(name); // a failed read is not cached; its callers get the error
      const last = lastGood.get(name);
      if (!last || readAtMs - last.readAtMs >= LAST_RESORT_MS) throw error;
      // SSM is asked again after five seconds: otherwise each webhook would wait for SSM's time-out.
      cache.set(name, { readAtMs, freshMs: FORGET_MS, text: Promise.resolve(last.text) });
      return last.text;
    }
  };

  const textOf = (name: string): Promise<string | undefined> => {
    const nowMs = clock.nowMs();
    const cached = cache.get(name);
    if (cached && nowMs - cached.readAtMs < cached.freshMs) return cached.text;
    const text = readAnew(name, nowMs);
    cache.set(name, { readAtMs: nowMs, freshMs: FRESH_MS, text });
    return text;
  };

  return {
    read: async (ref) => secretValues(await textOf(ref.name), ref).values,
    faults: async (ref) => secretValues(await textOf(ref.name), ref).faults,
    forget() {
      const old = [...cache].filter(([, { readAtMs }]) => clock.nowMs() - readAtMs >= FORGET_MS);
      for (const [name] of old) cache.delete(name);
      return old.length > 0;
    },
  };
};

/** GetParameters, not GetParameter: an absent name is then an answer, not an error. */
const fetchText = async (client: SSMClient, name: string): Promise<string | undefined> => {
  const { Parameters = [] } = await client.send(new GetParametersCommand({ Names: [name], WithDecryption: true }));
  return Parameters[0]?.Value;
};
