import type { Secrets } from '../../functions/core/ports/ports.ts';

/** Several values of a name are a rotation; a name without an entry is absent. */
export const memorySecrets = (values: Readonly<Record<string, readonly string[]>>): Secrets => ({
  read: async ({ name }) => (Object.hasOwn(values, name) ? (values[name] ?? []) : []),
  forget: () => false,
});
