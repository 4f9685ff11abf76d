import { setTimeout as sleep } from 'node:timers/promises';
import type { Kept } from './process.ts';
import type { Accident } from './storm-plan.ts';
import type { Doubt } from './verdict.ts';
import { newKey, newSecret, type World } from './world.ts';

/**
 * Lets accidents befall a world; two that befall the same thing come one after the other.
 * @param doubts gets the times in which `send` could not learn, or not write down, whether Linq took a memo
 */
export const accidentsIn = (world: World, doubts: Doubt[] = []): ((accident: Accident) => Promise<void>) => {
  const last = new Map<string, Promise<void>>();
  return (accident) => {
    const what = 'what' in accident ? accident.what : accident.kind === 'secret rotated' ? 'receive' : 'send';
    const before = last.get(what) ?? Promise.resolve();
    const now = before.then(async () => {
      const fromMs = Date.now();
      await befall(world, accident);
      if (upsetsSend(accident)) doubts.push({ fromMs, toMs: Date.now() });
    });
    last.set(what, now);
    return now;
  };
};

const upsetsSend = (accident: Accident): boolean =>
  accident.kind === 'kill' ? accident.what === 'send' : accident.kind !== 'secret rotated';

const befall = async (world: World, accident: Accident) => {
  const { functions, cloud, linq, surroundings, tally } = world;
  switch (accident.kind) {
    case 'kill': {
      const { what, shiftMs } = accident;
      if (shiftMs !== 0) {
        surroundings.shiftMs[what] = shiftMs;
        tally.count('machine', 'clock shifted');
      }
      tally.count('machine', `kill -9 ${what}`);
      functions[what].kill();
      return;
    }
    case 'away': {
      const { what, forMs } = accident;
      tally.count('machine', `${what} away`);
      await (what === 'linq' ? linq.goAway() : cloud[what].takeAway());
      await sleep(forMs);
      await (what === 'linq' ? linq.comeBack() : cloud[what].bringBack());
      return;
    }
    case 'secret rotated':
      return rotateSecret(world, accident.bothMs);
    case 'key replaced': {
      tally.count('machine', 'Linq key revoked');
      linq.keys.delete(surroundings.linqKey);
      await sleep(accident.revokedMs);
      return replaceKey(world);
    }
  }
};

/** Gives Linq and `send` a new key. */
export const replaceKey = async ({ linq, functions, surroundings }: World) => {
  surroundings.linqKey = newKey();
  linq.keys.add(surroundings.linqKey);
  await restart(functions.send);
};

/** As a person does it: first both values are believed, then the sender gets the new one, then the old one goes. */
const rotateSecret = async ({ delivery, senders, media, functions, surroundings, tally }: World, bothMs: number) => {
  if (!delivery.rotates) return;
  tally.count('machine', 'webhook secret rotated');
  const old = surroundings.secrets;
  const secret = newSecret();
  const renewed = delivery.secretsWith(secret, media.url);
  surroundings.secrets = Object.fromEntries(
    Object.entries(renewed).map(([name, value]) => [name, value === old[name] ? value : `${value} ${old[name]}`]),
  );
  await restart(functions.receive);
  await sleep(bothMs / 2);
  senders.secret = secret;
  await sleep(bothMs / 2);
  surroundings.secrets = renewed;
  await restart(functions.receive);
};

const restart = async (kept: Kept) => {
  await kept.takeAway();
  await kept.bringBack();
};
