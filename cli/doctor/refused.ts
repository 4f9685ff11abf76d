import type * as z from 'zod';
import { sourceList } from '../../functions/http/source-schemas.ts';
import { bridgeApi } from '../base/bridge.ts';
import { shortTime } from '../base/memo.ts';
import type { Check, DoctorInput } from './check.ts';

type Seen = z.infer<typeof sourceList>['sources'][number];

/** The sources whose last webhook or object of today was refused, each with the reason and the likeliest cause. */
export const checkRefused = async ({ target }: DoctorInput): Promise<Check[]> => {
  if (!target) return [];
  // A bridge that is away, or refuses the key, is another check's fault.
  const seen = await bridgeApi(target)
    .ask(sourceList, 'GET', '/sources')
    .catch(() => undefined);
  return (seen?.sources ?? []).flatMap((source) => (isRefused(source) ? [refusalOf(source)] : []));
};

type Refused = Seen & Required<Pick<Seen, 'refused'>>;

const isRefused = (source: Seen): source is Refused => {
  const { refused, ignored, last_accepted_at: accepted } = source;
  if (!refused || refused.today === 0) return false;
  return [accepted, ignored?.last_at].every((at) => at === undefined || at < refused.last_at);
};

const refusalOf = ({ name, refused }: Refused): Check => {
  const { today, since = refused.last_at, says, reason, likely_causes: causes } = refused;
  return {
    area: 'sources',
    what: name,
    state: 'warning',
    says: `${today} refused since ${shortTime(since)} UTC: ${says} (${reason})`,
    ...(causes[0] !== undefined && { fix: causes[0] }),
  };
};
