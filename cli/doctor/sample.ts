import type { Target } from '../../functions/core/model/memo.ts';
import type { Parties, Recording } from '../../functions/core/model/recording.ts';
import { routeRecording } from '../../functions/core/model/route.ts';
import { missingSecrets } from '../../functions/core/source/missing-secrets.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../../functions/deployment.ts';
import type { Check, DoctorInput } from './check.ts';

export interface Sample {
  source?: string;
  parties: Parties;
}

/** Numbers that belong to nobody. */
const NOBODY: Parties = { from: '+12025550101', to: '+12025550102', direction: 'inbound' };

/** Where the memo of a sample call would go, for each source that is on. */
export const checkSample = async (
  { context, target, bridge }: DoctorInput,
  { source: only, parties }: Sample,
): Promise<Check[]> => {
  if (!bridge) return [];
  const checks: Check[] = [];
  for (const [source, { secrets, classifyObject }] of Object.entries(bridge.sources)) {
    const isOff = classifyObject
      ? sourceBucketsOf(bridge, context.stage ?? LOCAL_STAGE, source).length === 0
      : (await missingSecrets(secrets, context.secrets)).length > 0;
    const off = target?.kind !== 'address' && isOff;
    if (only === undefined ? off : source !== only) continue;
    const recording: Recording = { source, id: 'sample', ...NOBODY, ...parties, media: { kind: 'ask' } };
    const routing = routeRecording(recording, bridge.routes, false);
    const targets = routing.kind === 'targets' ? routing.targets : [];
    const check = { area: 'sample' as const, what: source };
    if (targets.length > 0) {
      checks.push({
        ...check,
        state: 'ok',
        says: `${callOf(recording)} goes to ${targets.map(inWords).join(' and ')}`,
      });
      continue;
    }
    const reason = routing.kind === 'targets' && routing.reason ? `: ${routing.reason}` : '';
    const unless = classifyObject ? 'unless its object names the chat' : "unless the hook's URL has ?chat=";
    const says = `${callOf(recording)} matches no route${reason}; its memo becomes unrouted, ${unless}`;
    const fix = classifyObject
      ? 'routes in bridge.config.ts'
      : `npx aftercall hooks --source ${source} --chat <chat id>`;
    checks.push({ ...check, state: 'note', says, fix });
  }
  return checks;
};

const callOf = ({ from, to, direction }: Recording): string => `a call from ${from} to ${to} (${direction})`;

const inWords = (target: Target): string =>
  'chat' in target ? `chat ${target.chat}` : `the chat of line ${target.line} with ${target.handle}`;
