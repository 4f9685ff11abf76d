import { createHash } from 'node:crypto';

/** Numbers from 0 up to 1, the same for the same seed on every machine (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** A separate seed for each thing, so that the numbers of one thing never depend on another. */
export const seedFor = (seed: number, ...things: (string | number)[]): number =>
  createHash('sha256')
    .update(JSON.stringify([seed, ...things]))
    .digest()
    .readUInt32LE();

export interface Dice {
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  /** One of the names, each with a probability in proportion to its weight. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
  hex(digits: number): string;
}

export const dice = (seed: number): Dice => {
  const random = seeded(seed);
  return {
    chance: (probability) => random() < probability,
    between: (low, high) => low + Math.floor(random() * (high - low + 1)),
    weighted<Name extends string>(weights: Readonly<Record<Name, number>>) {
      const names = Object.keys(weights) as Name[]; // the record's own keys
      const pointer = random() * names.reduce((sum, name) => sum + weights[name], 0);
      let passed = 0;
      const found = names.find((name) => {
        passed += weights[name];
        return pointer < passed;
      });
      if (found === undefined) throw new Error('there is nothing to choose from');
      return found;
    },
    hex: (digits) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join(''),
  };
};
