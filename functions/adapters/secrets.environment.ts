import type { SecretStore } from '../core/ports/ports.ts';
import { secretValues } from '../core/source/secret-values.ts';

/** Secrets from environment variables, several values separated by spaces during a rotation. */
export const environmentSecrets = (environment: Readonly<Record<string, string | undefined>>): SecretStore => ({
  read: async (ref) => secretValues(environment[ref.name], ref).values,
  faults: async (ref) => secretValues(environment[ref.name], ref).faults,
  forget: () => false, // nothing is cached
});
