import type { Ledger } from '../../functions/core/ports/ports.ts';
import { memoryLedger } from '../fakes/ledger.memory.ts';
import type { Simulator } from './simulator.ts';

/**
 * A ledger whose lists lag behind its rows, as DynamoDB's indexes do: a list shows the table as it was some time ago. A
 * read by id reads the row itself.
 */
export const laggingLedger = (sim: Simulator, lagMs: number): Ledger => {
  const ledger = memoryLedger({ clock: sim });
  if (lagMs === 0) return ledger;
  let copyMs = sim.nowMs();
  const copy = memoryLedger({ clock: { nowMs: () => copyMs } });
  const changes: { ms: number; make: () => Promise<unknown> }[] = [];
  /** Makes a change in the ledger now, and in the copy after the lag. */
  const both = <T>(make: (to: Ledger) => Promise<T>): Promise<T> => {
    changes.push({ ms: sim.nowMs(), make: () => make(copy) });
    return make(ledger);
  };
  const catchUp = async () => {
    while (changes[0] && changes[0].ms <= sim.nowMs() - lagMs) {
      const change = changes.shift();
      copyMs = change?.ms ?? copyMs;
      await change?.make().catch(() => undefined); // the ledger refused this change too
    }
    copyMs = sim.nowMs();
  };
  return {
    ...ledger,
    open: (memo) => both((to) => to.open(memo)),
    move: (id, move) => both((to) => to.move(id, move)),
    leaveTombstone: (id, seen) => both((to) => to.leaveTombstone(id, seen)),
    async list(filter, limit, next) {
      await catchUp();
      return copy.list(filter, limit, next);
    },
    async due(before, limit, next) {
      await catchUp();
      return copy.due(before, limit, next);
    },
  };
};
