import type * as z from 'zod';
import { DAY_MS, HOUR_MS } from '../../functions/core/model/timing.ts';
import { fixFor } from '../../functions/core/observe/causes/cause-of.ts';
import { silenceFix, silentHours } from '../../functions/core/observe/silence.ts';
import type { sourceList } from '../../functions/http/source-schemas.ts';
import { shortTime } from '../base/memo.ts';
import type { Target } from '../base/target.ts';
import { type Check, stageOption } from './check.ts';

export type Seen = z.infer<typeof sourceList>['sources'][number];

export interface Heard {
  target: Target;
  name: string;
  /** What came from the source; undefined where the bridge does not say. */
  source: Seen | undefined;
  limitHours: number | undefined;
}

type Judgement = Pick<Check, 'state' | 'says' | 'fix'>;

/** Of a source whose hook is open: refused webhooks and silence need a look. */
export const whatCame = ({ target, name, source, limitHours }: Heard): Judgement => {
  const OPEN = 'its hook answers';
  if (!source) return { state: 'ok', says: OPEN };
  const refusal = refusalOf(source, target.stage);
  if (refusal) return { ...refusal, says: `${OPEN}; ${refusal.says}` };
  const { refused, ignored, last_accepted_at: acceptedAt } = source;
  const fix = silenceFix(`${target.publicUrl}/hooks/${name}`);
  const hours = silentHours([acceptedAt, ignored?.last_at, refused?.last_at], limitHours, Date.now());
  if (hours !== undefined) return { state: 'warning', says: `${OPEN}; nothing has come for ${hours} hours`, fix };
  if (!acceptedAt && !ignored && !refused) return { state: 'note', says: `${OPEN}; nothing has come yet. ${fix}` };
  return { state: 'ok', says: `${OPEN}; ${lastOf(source)}` };
};

/** Of a source that takes the new objects of a bucket. A bucket cannot be asked for its events, so the last recording must show that they come. */
export const whatObjectsCame = ({ target, source }: Heard): Judgement => {
  const TAKES = 'it takes new objects of its bucket';
  if (!source) return { state: 'ok', says: TAKES };
  const refusal = refusalOf(source, target.stage);
  return refusal
    ? { ...refusal, says: `${TAKES}; ${refusal.says}` }
    : { state: 'ok', says: `${TAKES}; ${lastOf(source)}` };
};

/** A source whose last webhook or object of today was refused. */
export const refusalOf = (
  { name, refused, ignored, last_accepted_at: acceptedAt }: Seen,
  stage: string | undefined,
): Judgement | undefined => {
  if (!refused || refused.today === 0) return undefined;
  if ([acceptedAt, ignored?.last_at].some((at) => at !== undefined && at >= refused.last_at)) return undefined;
  const since = refused.since ? `since ${shortTime(refused.since)} UTC` : 'today';
  const others = `npx aftercall sources ${name}${stageOption(stage)} names every likely cause`;
  const [likely = 'See the causes.'] = refused.likely_causes;
  return {
    state: 'warning',
    says: `${refused.today} refused ${since}: ${refused.says} (${refused.reason})`,
    fix: `${fixFor({ fix: likely }, { stage })} ${others}`,
  };
};

const lastOf = ({ last_accepted_at: at }: Seen): string =>
  at ? `last recording ${ago(Date.now() - Date.parse(at))} ago` : 'no recording yet';

const UNITS = [
  ['days', DAY_MS],
  ['hours', HOUR_MS],
  ['minutes', 60_000],
] as const;

const ago = (ms: number): string => {
  const [unit, size] = UNITS.find(([, each]) => ms >= 2 * each) ?? ['seconds', 1000];
  return `${Math.max(0, Math.round(ms / size))} ${unit}`;
};
