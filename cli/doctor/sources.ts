import * as z from 'zod';
import { DAY_MS, HOUR_MS } from '../../functions/core/model/timing.ts';
import { PROBE_HEADER } from '../../functions/core/receive/trace-webhooks.ts';
import { connectionsOf } from '../../functions/core/source/connections.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../../functions/deployment.ts';
import { bridgeApi, reach } from '../base/bridge.ts';
import { Failure } from '../base/failure.ts';
import { memoSchema } from '../base/memo.ts';
import type { Target } from '../base/target.ts';
import type { Check, DoctorInput } from './check.ts';

/** Whether each hook answers at its public URL, and when its last recording came. */
export const checkSources = async ({ context, target, bridge, running }: DoctorInput): Promise<Check[]> => {
  if (!bridge || !target || target.kind === 'address' || !(await answers(target))) return [];
  const connections = running?.sources ?? (await connectionsOf(bridge, context.secrets));
  const dropped = new Set(sourceBucketsOf(bridge, context.stage ?? LOCAL_STAGE).map(({ source }) => source));
  return Promise.all([
    ...connections.filter(({ on }) => on).map(({ name }) => checkHook(target, name)),
    ...[...dropped].map((name) => checkDropped(target, name)),
  ]);
};

/** Nothing can be asked of a bucket here: what shows that its events come is the last recording. */
const checkDropped = async (target: Target, name: string): Promise<Check> => {
  const last = await lastOf(target, name);
  const says = ['it takes new objects of its bucket', ...last].join('; ');
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

const checkHook = async (target: Target, name: string): Promise<Check> => {
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
    return { ...check, state: 'ok', says: ['its hook is open', ...(await lastOf(target, name))].join('; ') };
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

const someSchema = z.object({ memos: z.array(memoSchema) });

/** Empty where the API refuses the key: another check reports that. */
const lastOf = async (target: Target, source: string): Promise<string[]> => {
  const query = { source, limit: '1' };
  const page = await bridgeApi(target)
    .ask(someSchema, 'GET', '/memos', { query })
    .catch(() => undefined);
  const at = page?.memos[0]?.created_at;
  if (at) return [`last recording ${ago(Date.now() - Date.parse(at))} ago`];
  return page ? ['no recording yet'] : [];
};

const UNITS = [
  ['days', DAY_MS],
  ['hours', HOUR_MS],
  ['minutes', 60_000],
] as const;

const ago = (ms: number): string => {
  const [unit, size] = UNITS.find(([, each]) => ms >= 2 * each) ?? ['seconds', 1000];
  return `${Math.max(0, Math.round(ms / size))} ${unit}`;
};
