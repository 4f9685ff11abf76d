import type { SecretStore } from '../ports/ports.ts';
import type { Source } from '../ports/source.ts';
import { faultsOf, missingSecrets } from './missing-secrets.ts';

/** How a configured source is connected: whether it is on, and what is absent or wrong. Names of secrets, never values. */
export interface Connection {
  name: string;
  kind: string;
  /** All secrets that its webhooks are checked with have values. */
  on: boolean;
  /** Absent secrets that its webhooks are checked with. */
  missing: string[];
  /** Absent secrets that its recordings are fetched with. */
  missingToFetch: string[];
  /** Why given values are not used. */
  faults: string[];
  /** All secrets that the source can use. */
  secrets: string[];
}

/** Every configured source with a hook, in the order of the configuration. */
export const connectionsOf = (
  { sources }: { sources: Readonly<Record<string, Source>> },
  secrets: SecretStore,
): Promise<Connection[]> =>
  Promise.all(
    Object.entries(sources)
      .filter(([, { classifyObject }]) => !classifyObject)
      .map(async ([name, { kind, secrets: proof, fetch }]) => {
        const toFetch = fetch.secrets ?? [];
        const missing = await missingSecrets(proof, secrets);
        return {
          name,
          kind,
          on: missing.length === 0,
          missing,
          missingToFetch: await missingSecrets(toFetch, secrets),
          faults: await faultsOf([...proof, ...toFetch], secrets),
          secrets: [...new Set([...proof, ...toFetch].map((ref) => ref.name))],
        };
      }),
  );
