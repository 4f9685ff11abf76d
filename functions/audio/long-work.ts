import { GaveWay } from '../core/model/errors.ts';
import type { OnSlow } from '../core/ports/ports.ts';
import type { Plan } from './plan.ts';
import type { Probed } from './probe.ts';

/** Asks once whether long work may go on. Every later call gets the same answer. @throws GaveWay where it may not */
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

/** Work on this much sound takes some seconds. A file that is passed on uncompressed needs no work. */
const LONG_SECONDS = 15 * 60;

export const isLong = ({ facts, uncompressed }: Probed, plan: Plan): boolean =>
  (facts.seconds ?? 0) > LONG_SECONDS && !(plan.do === 'pass' && uncompressed);
