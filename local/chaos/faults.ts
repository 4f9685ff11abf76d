import { setTimeout as sleep } from 'node:timers/promises';
import type { Kept } from './process.ts';
import type { PlannedFault } from './storm-plan.ts';
import type { Doubt } from './verdict.ts';
import { newKey, newSecret, type World } from './world.ts';

/**
 * Injects faults into a world. Two faults of the same part come one after the other.
 * @param doubts gets the times in which `send` could not learn, or could not save, whether Linq accepted a memo
 */
export const faultsIn = (world: World, doubts: Doubt[] = []): ((fault: PlannedFault) => Promise<void>) => {
  const last = new Map<string, Promise<void>>();
  return (fault) => {
    const what = 'what' in fault ? fault.what : fault.kind === 'secret rotated' ? 'receive' : 'send';
    const before = last.get(what) ?? Promise.resolve();
    const now = before.then(async () => {
      const fromMs = Date.now();
      await inject(world, fault);
      if (upsetsSend(fault)) doubts.push({ fromMs, toMs: Date.now() });
    });
    last.set(what, now);
    return now;
  };
};

const upsetsSend = (fault: PlannedFault): boolean =>
  fault.kind === 'kill' ? fault.what === 'send' : fault.kind !== 'secret rotated';

const inject = async (world: World, fault: PlannedFault) => {
  const { functions, cloud, linq, environment, counters } = world;
  switch (fault.kind) {
    case 'kill': {
      const { what, shiftMs } = fault;
      if (shiftMs !== 0) {
        environment.shiftMs[what] = shiftMs;
        counters.count('machine', 'clock shifted');
      }
      counters.count('machine', `kill -9 ${what}`);
      functions[what].kill();
      return;
    }
    case 'away': {
      const { what, forMs } = fault;
      counters.count('machine', `${what} away`);
      await (what === 'linq' ? linq.goAway() : cloud[what].takeAway());
      await sleep(forMs);
      await (what === 'linq' ? linq.comeBack() : cloud[what].bringBack());
      return;
    }
    case 'secret rotated':
      return rotateSecret(world, fault.bothMs);
    case 'key replaced': {
      counters.count('machine', 'Linq key revoked');
      linq.keys.delete(environment.linqKey);
      await sleep(fault.revokedMs);
      return replaceKey(world);
    }
  }
};

/** Gives Linq and `send` a new key. */
export const replaceKey = async ({ linq, functions, environment }: World) => {
  environment.linqKey = newKey();
  linq.keys.add(environment.linqKey);
  await restart(functions.send);
};

/** Rotates the secret like a person: both values are valid, the sender gets the new one, and then the old one ends. */
const rotateSecret = async (
  { deliveries, senders, media, functions, environment, counters }: World,
  bothMs: number,
) => {
  if (!deliveries.rotates) return;
  counters.count('machine', 'webhook secret rotated');
  const old = environment.secrets;
  const secret = newSecret();
  const renewed = deliveries.secretsWith(secret, media.url);
  environment.secrets = Object.fromEntries(
    Object.entries(renewed).map(([name, value]) => [name, value === old[name] ? value : `${value} ${old[name]}`]),
  );
  await restart(functions.receive);
  await sleep(bothMs / 2);
  senders.secret = secret;
  await sleep(bothMs / 2);
  environment.secrets = renewed;
  await restart(functions.receive);
};

const restart = async (kept: Kept) => {
  await kept.takeAway();
  await kept.bringBack();
};
