import type { SecretStore, Secrets } from '../ports/ports.ts';
import type { SecretRef } from '../ports/source.ts';

/** The names of those that no value stands for; one that cannot be a secret is none. */
export const missingSecrets = async (refs: readonly SecretRef[], secrets: Secrets): Promise<string[]> => {
  const found = await Promise.all(refs.map(async (ref) => [ref.name, await secrets.read(ref)] as const));
  return found.filter(([, values]) => values.length === 0).map(([name]) => name);
};

/** Why values of these are not used: a sentence each, once. A secret that has a fault and no other value is missing too. */
export const faultsOf = async (refs: readonly SecretRef[], secrets: SecretStore): Promise<string[]> => [
  ...new Set((await Promise.all(refs.map((ref) => secrets.faults(ref)))).flat()),
];
