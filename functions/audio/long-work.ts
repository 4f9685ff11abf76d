import { GaveWay } from '../core/model/errors.ts';
import type { OnSlow } from '../core/ports/ports.ts';
import type { Plan } from './plan.ts';
import type { Probed } from './probe.ts';

/** Asks once whether work that is long may go on; every later call has the same answer. */
export const askedOnce = (onLong: OnSlow | undefined): (() => Promise<void>) => {
  let answer: Promise<void> | undefined;
  return () => {
    answer ??= (async () => {
      const reason = await onLong?.();
      if (reason !== undefined) throw new GaveWay(reason);
    })();
    return answer;
  };
};

/** As much sound takes some seconds to be worked on. A file that is sent uncompressed takes none. */
const LONG_SECONDS = 15 * 60;

export const isLong = ({ facts, uncompressed }: Probed, plan: Plan): boolean =>
  (facts.seconds ?? 0) > LONG_SECONDS && !(plan.do === 'pass' && uncompressed);
