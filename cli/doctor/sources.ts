import * as z from 'zod';
import { missingSecrets } from '../../functions/core/source/missing-secrets.ts';
import { bridgeApi, reach } from '../base/bridge.ts';
import { Failure } from '../base/failure.ts';
import { memoSchema } from '../base/memo.ts';
import type { Target } from '../base/target.ts';
import type { Check, DoctorInput } from './check.ts';

/** Whether each hook is open where its vendor was told to knock, and when a recording last came in by it. */
export const checkSources = async ({ context, target, bridge }: DoctorInput): Promise<Check[]> => {
  if (!bridge || !target || target.kind === 'address' || !(await answers(target))) return [];
  const on = await Promise.all(
    Object.entries(bridge.sources).map(async ([name, { secrets }]) =>
      (await missingSecrets(secrets, context.secrets)).length === 0 ? [name] : [],
    ),
  );
  return Promise.all(on.flat().map((name) => checkHook(target, name)));
};

/** Where it does not, there is a fault already, which would stand here once more for every source. */
const answers = async (target: Target): Promise<boolean> => {
  for (const url of new Set([target.url, target.publicUrl])) {
    const answer = await reach({ ...target, url }, '/health').catch(() => undefined);
    if (!answer?.ok) return false;
  }
  return true;
};

/** What no secret has signed keeps nothing, and its refusal shows that the source is on. Some are asked to sign if they bear nothing. */
export const UNSIGNED = { method: 'POST', headers: { authorization: 'Bearer unsigned' }, body: '{}' } as const;

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
          ? 'npm start anew, with its secrets'
          : `npm run deploy -- --stage ${target.stage ?? 'prod'}`;
      return { ...check, state: 'fault', says: 'is off at the bridge, which does not see its secrets', fix };
    }
    if (code !== 'not_authentic' && code !== 'unreadable') {
      const fix = `look where ${target.publicUrl}/hooks/${name} leads, and what stands in the log of 'receive'`;
      return { ...check, state: 'fault', says: `its hook answers ${answer.status}, and not as a bridge does`, fix };
    }
    return { ...check, state: 'ok', says: ['its hook is open', ...(await lastOf(target, name))].join('; ') };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...check, state: 'fault', says: 'its hook does not answer', fix: `have ${target.publicUrl} lead here` };
  }
};

const someSchema = z.object({ memos: z.array(memoSchema) });

/** Nothing where the API does not open: that is a fault of its own. */
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
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const;

const ago = (ms: number): string => {
  const [unit, size] = UNITS.find(([, each]) => ms >= 2 * each) ?? ['seconds', 1000];
  return `${Math.max(0, Math.round(ms / size))} ${unit}`;
};
