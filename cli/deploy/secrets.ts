import type { Bridge } from '../../functions/config.ts';
import type { Context } from '../base/context.ts';
import { Failure } from '../base/failure.ts';
import { howToSet, OURS } from '../base/needed-secrets.ts';
import { CANNOT_FETCH, checkSecrets } from '../doctor/secrets.ts';
import { showChecks } from '../doctor/show.ts';

/** Without one nothing is sent; without the other nobody can look. */
const NEEDED = ['LINQ_API_V3_API_KEY', 'AFTERCALL_API_KEY'];

/**
 * Says which sources will be on, and what is missing.
 * @returns the names of those that are on
 * @throws Failure where a key is absent that the bridge cannot do without, unless that is known
 */
export const checkDeploySecrets = async (
  context: Context,
  { stage, bridge, known }: { stage: string; bridge: Bridge; known: boolean },
): Promise<string[]> => {
  const { output, secrets } = context;
  const checks = await checkSecrets({ context, target: undefined, bridge });
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
      `nothing was deployed: ${keys}. Set each by the line above, or deploy all the same with --without-secrets`,
      'no_secret',
    );
  }
  const isOn = (name: string) =>
    checks.some(({ what, says }) => what === name && (/^is on\b/.test(says) || says.startsWith(CANNOT_FETCH)));
  return Object.keys(bridge.sources).filter(isOn);
};
