import * as z from 'zod';
import { fixFor } from '../../functions/core/observe/causes/cause-of.ts';
import { silenceFix, silentHours } from '../../functions/core/observe/silence.ts';
import { PROBE_HEADER } from '../../functions/core/receive/trace-webhooks.ts';
import { connectionsOf } from '../../functions/core/source/connections.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../../functions/deployment.ts';
import { sourceList } from '../../functions/http/source-schemas.ts';
import { bridgeApi, reach } from '../base/bridge.ts';
import { Failure } from '../base/failure.ts';
import { shortTime } from '../base/memo.ts';
import type { Target } from '../base/target.ts';
import { type Check, type DoctorInput, stageOption } from './check.ts';

/** Whether each hook answers at its public URL, what came from it last, and why webhooks are refused. */
export const checkSources = async ({ context, target, bridge, running }: DoctorInput): Promise<Check[]> => {
  if (!bridge || !target || target.kind === 'address' || !(await answers(target))) return [];
  const connections = running?.sources ?? (await connectionsOf(bridge, context.secrets));
  const dropped = new Set(sourceBucketsOf(bridge, context.stage ?? LOCAL_STAGE).map(({ source }) => source));
  const seen = await seenBy(target);
  const limits = bridge.alarms?.silentAfterHours ?? {};
  const heard = (name: string): Heard => ({ target, name, seen, limitHours: limits[name] });
  return Promise.all([
    ...connections.filter(({ on }) => on).map(({ name }) => checkHook(heard(name))),
    ...[...dropped].map((name) => checkDropped(heard(name))),
  ]);
};

type Seen = z.infer<typeof sourceList>['sources'];

interface Heard {
  target: Target;
  name: string;
  /** What came from each source; undefined where the bridge does not say. */
  seen: Seen | undefined;
  limitHours: number | undefined;
}

/** Undefined where the API refuses the key, or is of an earlier version: another check reports the key. */
const seenBy = async (target: Target): Promise<Seen | undefined> =>
  (
    await bridgeApi(target)
      .ask(sourceList, 'GET', '/sources')
      .catch(() => undefined)
  )?.sources;

/** Nothing can be asked of a bucket here: what shows that its events come is the last recording. */
const checkDropped = ({ name, seen }: Heard): Check => {
  const says = ['it takes new objects of its bucket', ...lastOf(seen, name)].join('; ');
  return { area: 'sources', what: name, state: 'ok', says };
};

/** If it does not answer, that is a fault already, and need not be one for every source. */
const answers = async (target: Target): Promise<boolean> => {
  for (const url of new Set([target.url, target.publicUrl])) {
    const answer = await reach({ ...target, url }, '/health').catch(() => undefined);
    if (!answer?.ok) return false;
  }
  return true;
};

/** An unsigned event stores nothing, and its refusal shows that the source is on. Without a header some schemes answer with a challenge. */
export const UNSIGNED = {
  method: 'POST',
  headers: { authorization: 'Bearer unsigned', [PROBE_HEADER]: 'doctor' },
  body: '{}',
} as const;

const errorSchema = z.object({ error: z.object({ code: z.string() }) });

const checkHook = async (heard: Heard): Promise<Check> => {
  const { target, name } = heard;
  const check = { area: 'sources' as const, what: name };
  const hook = { ...target, url: target.publicUrl };
  try {
    const answer = await reach(hook, `/hooks/${name}`, UNSIGNED);
    const code = errorSchema.safeParse(await answer.json().catch(() => undefined)).data?.error.code;
    if (code === 'no_such_source') {
      const fix =
        target.kind === 'local'
          ? 'stop npm start and run it again with the secrets'
          : `npm run deploy -- --stage ${target.stage ?? 'prod'}`;
      return { ...check, state: 'fault', says: 'is off at the bridge: the bridge does not have its secrets', fix };
    }
    if (code !== 'not_authentic' && code !== 'unreadable') {
      const fix = `check where ${target.publicUrl}/hooks/${name} leads, and read the log of 'receive'`;
      return {
        ...check,
        state: 'fault',
        says: `its hook answers ${answer.status}, but not as an Aftercall bridge`,
        fix,
      };
    }
    return { ...check, ...whatCame(heard) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return {
      ...check,
      state: 'fault',
      says: 'its hook does not answer',
      fix: `point ${target.publicUrl} to the bridge`,
    };
  }
};

/** Of a source whose hook is open: refused webhooks and silence need a look. */
const whatCame = ({ target, name, seen, limitHours }: Heard): Pick<Check, 'state' | 'says' | 'fix'> => {
  const OPEN = 'its hook is open';
  const source = seen?.find((each) => each.name === name);
  if (!source) return { state: 'ok', says: OPEN };
  const { refused, ignored, last_accepted_at: acceptedAt } = source;
  const fixSilence = silenceFix(`${target.publicUrl}/hooks/${name}`);
  const isLast = [acceptedAt, ignored?.last_at].every((at) => at === undefined || at < (refused?.last_at ?? ''));
  if (refused && refused.today > 0 && isLast) {
    const since = refused.since ? `since ${shortTime(refused.since)} UTC` : 'today';
    const others = `npx aftercall sources --source ${name}${stageOption(target.stage)} names every likely cause`;
    const [likely = 'See the causes.'] = refused.likely_causes;
    const fix = `${fixFor({ fix: likely }, { stage: target.stage })} ${others}`;
    return { state: 'warning', says: `${OPEN}; ${refused.today} refused ${since}: ${refused.says}`, fix };
  }
  const hours = silentHours([acceptedAt, ignored?.last_at, refused?.last_at], limitHours, Date.now());
  if (hours !== undefined)
    return { state: 'warning', says: `${OPEN}; nothing has come for ${hours} hours`, fix: fixSilence };
  if (!acceptedAt && !ignored && !refused)
    return { state: 'note', says: `${OPEN}; nothing has come yet. ${fixSilence}` };
  return { state: 'ok', says: [OPEN, ...lastOf(seen, name)].join('; ') };
};

const lastOf = (seen: Seen | undefined, name: string): string[] => {
  const source = seen?.find((each) => each.name === name);
  if (!source) return [];
  const at = source.last_accepted_at;
  return [at ? `last recording ${ago(Date.now() - Date.parse(at))} ago` : 'no recording yet'];
};

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const;

const ago = (ms: number): string => {
  const [unit, size] = UNITS.find(([, each]) => ms >= 2 * each) ?? ['seconds', 1000];
  return `${Math.max(0, Math.round(ms / size))} ${unit}`;
};
