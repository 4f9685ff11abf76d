import * as z from 'zod';
import { PROBE_HEADER } from '../../functions/core/receive/trace-webhooks.ts';
import { connectionsOf } from '../../functions/core/source/connections.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../../functions/deployment.ts';
import { sourceList } from '../../functions/http/source-schemas.ts';
import { bridgeApi, reach } from '../base/bridge.ts';
import { Failure } from '../base/failure.ts';
import type { Target } from '../base/target.ts';
import type { Check, DoctorInput } from './check.ts';
import { type Heard, refusalOf, type Seen, whatCame, whatObjectsCame } from './what-came.ts';

/** Whether each hook answers at its public URL, what came from it last, and why webhooks are refused. */
export const checkSources = async ({ context, target, bridge, running }: DoctorInput): Promise<Check[]> => {
  if (!bridge || !target || target.kind === 'address' || !(await answers(target))) return [];
  const connections = running?.sources ?? (await connectionsOf(bridge, context.secrets));
  const dropped = new Set(sourceBucketsOf(bridge, context.stage ?? LOCAL_STAGE).map(({ source }) => source));
  const seen = await seenBy(target);
  const limits = bridge.alarms?.silentAfterHours ?? {};
  const heard = (name: string): Heard => ({
    target,
    name,
    source: seen?.find((each) => each.name === name),
    limitHours: limits[name],
  });
  const open = connections.flatMap(({ name, on }) => (on ? [name] : []));
  const others = (seen ?? []).filter(({ name }) => !open.includes(name) && !dropped.has(name));
  return [
    ...(await Promise.all(open.map((name) => checkHook(heard(name))))),
    ...[...dropped].map((name) => ({ area: 'sources' as const, what: name, ...whatObjectsCame(heard(name)) })),
    ...others.flatMap((source) => {
      const refusal = refusalOf(source, target.stage);
      return refusal ? [{ area: 'sources' as const, what: source.name, ...refusal }] : [];
    }),
  ];
};

/** Undefined where the API refuses the key, or is of an earlier version: another check reports the key. */
const seenBy = async (target: Target): Promise<Seen[] | undefined> =>
  (
    await bridgeApi(target)
      .ask(sourceList, 'GET', '/sources')
      .catch(() => undefined)
  )?.sources;

/** A bridge that does not answer is one fault, and not one for every source. */
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
