import type { Secrets } from '../core/ports.ts';

/** Secrets from environment variables, several values separated by spaces during a rotation. */
export const environmentSecrets = (environment: Readonly<Record<string, string | undefined>>): Secrets => ({
  read: async ({ name }) => values(environment[name]),
  forget: () => false, // nothing is kept
});

export const values = (text: string | undefined): string[] => text?.split(/\s+/).filter(Boolean) ?? [];
