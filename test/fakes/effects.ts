export class Crash extends Error {}

export interface Effects {
  /** The same port, its calls counted as outside effects. */
  of<T extends object>(port: T): T;
  crashed(): boolean;
}

/**
 * Lets a run die at one of its outside effects: `before` it takes place, or `after`, when the world has changed and the
 * run does not know. A dead run does nothing more, whatever it had in flight.
 * @param at which effect, counted from 1
 */
export const crashingAt = (at: number, when: 'before' | 'after'): Effects => {
  let count = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Crash(`effect ${at}, ${when}`);
  };
  return {
    crashed: () => dead,
    of: (port) =>
      new Proxy(port, {
        get(target, name, receiver) {
          const value: unknown = Reflect.get(target, name, receiver);
          if (typeof value !== 'function') return value;
          return async (...given: unknown[]) => {
            count += 1;
            const mine = count;
            if (dead || (mine === at && when === 'before')) die();
            const result: unknown = await Reflect.apply(value, target, given);
            if (dead || mine === at) die();
            return result;
          };
        },
      }),
  };
};
