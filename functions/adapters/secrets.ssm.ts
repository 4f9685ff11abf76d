import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { Clock, SecretStore } from '../core/ports/ports.ts';
import { secretValues } from '../core/source/secret-values.ts';

/** How long a value is believed before it is read again: a rotated secret is in use everywhere after this long. */
const FRESH_MS = 60_000;
/** Refusals, which anybody can cause, make nobody ask SSM more often than this. */
const FORGET_MS = 5_000;
/** While SSM does not answer, what it last said holds for so long: its outage must lose no webhook. */
const LAST_RESORT_MS = 15 * 60_000;

/** SSM SecureStrings under a prefix such as `/aftercall/prod/`, each cached for a minute, or until one is refused. */
export const ssmSecrets = (client: SSMClient, { prefix, clock }: { prefix: string; clock: Clock }): SecretStore => {
  const cache = new Map<string, { readAtMs: number; freshMs: number; text: Promise<string | undefined> }>();
  const lastGood = new Map<string, { readAtMs: number; text: string | undefined }>();

  const readAnew = async (name: string, readAtMs: number): Promise<string | undefined> => {
    try {
      const text = await fetchText(client, prefix + name);
      lastGood.set(name, { readAtMs, text });
      return text;
    } catch (error) {
      cache.delete(name); // a failed read is not remembered; its callers see it
      const last = lastGood.get(name);
      if (!last || readAtMs - last.readAtMs >= LAST_RESORT_MS) throw error;
      // Asked again in five seconds: each webhook would else wait for SSM's silence.
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

/** GetParameters rather than GetParameter: an absent name is an answer there, not an error. */
const fetchText = async (client: SSMClient, name: string): Promise<string | undefined> => {
  const { Parameters = [] } = await client.send(new GetParametersCommand({ Names: [name], WithDecryption: true }));
  return Parameters[0]?.Value;
};
