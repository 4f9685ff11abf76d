class Crash extends Error {}

export interface Effects {
  /** Wraps a port so that each of its calls counts as an outside effect. */
  of<T extends object>(port: T): T;
  crashed(): boolean;
}

/**
 * Makes a run die at one of its outside effects: `before` the effect takes place, or `after`, when the world has
 * changed and the run does not know. A dead run does nothing more; its calls in flight also end.
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
      intercept(port, async (call) => {
        count += 1;
        const mine = count;
        if (dead || (mine === at && when === 'before')) die();
        const result = await call();
        if (dead || mine === at) die();
        return result;
      }),
  };
};

/**
 * Something else happens before one of a run's outside effects. The run dies some effects later.
 * @param at before which effect, counted from 1
 * @param later how many effects the run still makes; without it the run does not die
 */
export const interruptedAt = (at: number, act: () => Promise<void>, later = Number.POSITIVE_INFINITY): Effects => {
  let count = 0;
  const isDead = () => count >= at + later;
  return {
    crashed: isDead,
    of: (port) =>
      intercept(port, async (call) => {
        count += 1;
        if (count === at) await act();
        if (isDead()) throw new Crash(`effect ${count}`);
        return call();
      }),
  };
};

/** A scheduler chooses when each outside effect takes place among the effects of other runs. */
export const scheduled = (scheduler: { schedule<T>(task: Promise<T>): Promise<T> }): Effects => ({
  crashed: () => false,
  of: (port) =>
    intercept(port, async (call) => {
      await scheduler.schedule(Promise.resolve());
      return call();
    }),
});

/** Writes down each call of a port: its method, and its key where it is about an object in the bucket. */
export const written = (calls: string[]): Effects => ({
  crashed: () => false,
  of: (port) =>
    intercept(port, (call, name, [first]) => {
      const isKey = typeof first === 'string' && /^(inbox|audio)\//.test(first);
      calls.push(isKey ? `${name} ${first}` : name);
      return call();
    }),
});

/** The same port with `around` called for each of its calls. */
const intercept = <T extends object>(
  port: T,
  around: (call: () => Promise<unknown>, name: string, given: readonly unknown[]) => Promise<unknown>,
): T =>
  new Proxy(port, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => around(async () => Reflect.apply(value, target, given), String(name), given);
    },
  });
