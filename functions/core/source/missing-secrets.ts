import type { SecretStore, Secrets } from '../ports/ports.ts';
import type { SecretRef } from '../ports/source.ts';

/** The names of secrets without a usable value. */
export const missingSecrets = async (refs: readonly SecretRef[], secrets: Secrets): Promise<string[]> => {
  const found = await Promise.all(refs.map(async (ref) => [ref.name, await secrets.read(ref)] as const));
  return found.filter(([, values]) => values.length === 0).map(([name]) => name);
};

/** Why values of these secrets are not used: each sentence once. A secret without any usable value is missing too. */
export const faultsOf = async (refs: readonly SecretRef[], secrets: SecretStore): Promise<string[]> => [
  ...new Set((await Promise.all(refs.map((ref) => secrets.faults(ref)))).flat()),
];
