import * as z from 'zod';
import { type BridgeApi, bridgeApi, reach } from '../base/bridge.ts';
import { sentenceOf } from '../base/failure.ts';
import { howToSet } from '../base/needed-secrets.ts';
import type { Place } from '../base/place.ts';
import { type Check, type Patient, stageOption } from './check.ts';

/** Whether the bridge answers, here and at the address that senders were given, and what waits there for a person. */
export const checkBridge = async ({ kit, place }: Patient): Promise<Check[]> => {
  if (!place) return [];
  const mend = place.kind === 'local' ? 'npm start' : `npm run deploy, or the right address with --url`;
  const answers = await health(place, place.url, 'answers', mend);
  if (answers.state === 'fault') return [answers];
  const checks = [answers];
  if (place.publicUrl !== place.url)
    checks.push(
      await health(place, place.publicUrl, 'leads here', `have your tunnel lead to ${place.url}, or mend PUBLIC_URL`),
    );
  return [...checks, ...(await checkApi(bridgeApi(place), kit.stage))];
};

const health = async (place: Place, url: string, well: string, mend: string): Promise<Check> => {
  const check = { area: 'bridge' as const, what: url };
  try {
    const answer = await reach({ kind: place.kind, url }, '/health');
    const ok = z.object({ ok: z.literal(true) }).safeParse(await answer.json().catch(() => undefined)).success;
    if (ok) return { ...check, state: 'ok', says: well };
    return { ...check, state: 'fault', says: `answers ${answer.status}, and not as a bridge does`, mend };
  } catch {
    return { ...check, state: 'fault', says: 'does not answer', mend };
  }
};

const someSchema = z.object({ memos: z.array(z.unknown()) });

const checkApi = async (api: BridgeApi, stage: string | undefined): Promise<Check[]> => {
  try {
    const waiting = await Promise.all(
      (['parked', 'failed', 'unrouted'] as const).map(async (state): Promise<Check[]> => {
        const { memos } = await api.ask(someSchema, 'GET', '/memos', { query: { state, limit: '100' } });
        if (memos.length === 0) return [];
        const says = `${memos.length === 100 ? '100 or more' : memos.length} ${state}`;
        const mend = `npx aftercall memos --state ${state}${stageOption(stage)}`;
        return [{ area: 'bridge', what: 'memos', state: state === 'parked' ? 'warning' : 'note', says, mend }];
      }),
    );
    return [{ area: 'bridge', what: 'API key', state: 'ok', says: 'opens the API' }, ...waiting.flat()];
  } catch (error) {
    const mend = howToSet('AFTERCALL_API_KEY', stage);
    return [{ area: 'bridge', what: 'API key', state: 'fault', says: sentenceOf(error), mend }];
  }
};
