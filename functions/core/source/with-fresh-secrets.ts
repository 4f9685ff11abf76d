import type { Secrets } from '../ports/ports.ts';

/**
 * Tries with the secrets that are cached. If that is refused, and newer values may exist, tries once more with values
 * that are read anew: a secret may just have been rotated.
 * @param attempt reads its secrets itself, each time
 */
export const withFreshSecrets = async <T>(
  secrets: Pick<Secrets, 'forget'>,
  attempt: () => Promise<T>,
  isRefused: (result: T) => boolean,
): Promise<T> => {
  const first = await attempt();
  return isRefused(first) && secrets.forget() ? attempt() : first;
};
