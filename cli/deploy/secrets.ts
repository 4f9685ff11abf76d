import { type Bridge, withHook } from '../../functions/config.ts';
import type { Context } from '../base/context.ts';
import { Failure } from '../base/failure.ts';
import { howToSet, OURS } from '../base/needed-secrets.ts';
import { CANNOT_FETCH, checkSecrets } from '../doctor/secrets.ts';
import { showChecks } from '../doctor/show.ts';

/** Without the first no memo is sent; without the second the API and the page are closed. */
const NEEDED = ['LINQ_API_V3_API_KEY', 'AFTERCALL_API_KEY'];

/**
 * Shows which sources will be on, and which secrets are missing.
 * @returns the names of the sources with a hook that are on
 * @throws Failure where a needed key is absent, unless `known`
 */
export const checkDeploySecrets = async (
  context: Context,
  { stage, bridge, known }: { stage: string; bridge: Bridge; known: boolean },
): Promise<string[]> => {
  const { output, secrets } = context;
  const checks = await checkSecrets({ context, target: undefined, running: undefined, bridge });
  showChecks(
    output,
    checks.filter(({ what }) => !NEEDED.includes(what)),
  );
  const absent: string[] = [];
  for (const name of NEEDED) {
    const ref = OURS.find((each) => each.ref.name === name)?.ref ?? { name };
    const faults = await secrets.faults(ref);
    if ((await secrets.read(ref)).length > 0 && faults.length === 0) continue;
    absent.push(name);
    const says = faults.length > 0 ? faults.join('; ') : `${name} is absent`;
    output.warn(`${output.paint(known ? 'yellow' : 'red', known ? '!' : '✗')} ${says}: ${howToSet(name, stage)}`);
  }
  if (absent.length > 0 && !known) {
    const keys =
      absent.length === 1 ? `${absent[0]} is absent or wrong` : `${absent.join(' and ')} are absent or wrong`;
    throw new Failure(
      `nothing was deployed: ${keys}. Set each with the command above, or add --without-secrets to deploy without them`,
      'no_secret',
    );
  }
  const isOn = (name: string) =>
    checks.some(({ what, says }) => what === name && (/^is on\b/.test(says) || says.startsWith(CANNOT_FETCH)));
  return Object.keys(withHook(bridge.sources)).filter(isOn);
};
