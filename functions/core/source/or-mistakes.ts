import { badConfiguration, mistakesIn } from '../model/bad-configuration.ts';
import { AftercallError } from '../model/errors.ts';
import { refused, type Source } from '../ports/source.ts';

/**
 * Makes a source. Mistakes in its options do not throw: they stand in the source, so that `defineBridge` reports the mistakes of all
 * sources together. `make` throws them as `badConfiguration`, each as a line with its path.
 */
export const orMistakes = (kind: string, make: () => Source): Source => {
  try {
    return make();
  } catch (error) {
    if (error instanceof AftercallError && error.code === 'bad_configuration')
      return faultySource(kind, mistakesIn(error));
    throw error;
  }
};

/** Takes no webhook and fetches nothing. */
export const faultySource = (kind: string, mistakes: readonly string[]): Source => {
  const reason = `its configuration has mistakes: ${mistakes.join('; ')}`;
  return {
    kind,
    mistakes,
    secrets: [],
    covers: { body: false, url: false, time: false, id: false },
    authenticate: async () => refused(reason),
    classify: () => ({ kind: 'ignored', reason }),
    fetch: { hosts: [], notYet: [] },
  };
};

/**
 * The host of an API's URL.
 * @throws AftercallError `bad_configuration` for any other text
 */
export const hostOfUrl = (url: string, option: string): string => {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url).hostname;
  throw badConfiguration([`${option}: must be an https URL, such as https://api.example.com`]);
};
