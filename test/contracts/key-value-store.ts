import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clock, KeyValueStore } from '../../functions/core/ports/ports.ts';
import { manualClock } from '../fakes/clock.manual.ts';

/** A place for key-value stores. */
export interface NotesHome {
  keyValues(clock: Clock): KeyValueStore;
  stop(): Promise<void>;
}

/** What every key-value store promises, whatever holds its data. */
export const keyValueStoreContract = (start: () => Promise<NotesHome>) => {
  let home: NotesHome;
  let keys = 0;
  beforeAll(async () => {
    home = await start();
  });
  afterAll(() => home.stop());
  const prepare = () => {
    const clock = manualClock();
    return { clock, keyValues: home.keyValues(clock), key: `note#${++keys}` };
  };

  test('a note is read as it was last written, until it is removed', async () => {
    const { keyValues, key } = prepare();
    expect(await keyValues.read(key)).toBeUndefined();
    await keyValues.write(key, { chat: 'a' }, 1000);
    await keyValues.write(key, { chat: 'b', reason: 'later' }, 1000);
    expect(await keyValues.read(key)).toEqual({ chat: 'b', reason: 'later' });
    await keyValues.remove(key);
    await keyValues.remove(key);
    expect(await keyValues.read(key)).toBeUndefined();
  });

  test('a note is gone when its time is over', async () => {
    const { clock, keyValues, key } = prepare();
    await keyValues.write(key, { chat: 'a' }, 60_000);
    clock.advance(59_000);
    expect(await keyValues.read(key)).toEqual({ chat: 'a' });
    clock.advance(2000);
    expect(await keyValues.read(key)).toBeUndefined();
  });

  test('some are read at one go, in order, each as often as it is asked for, and none whose time is over', async () => {
    const { clock, keyValues, key } = prepare();
    await keyValues.write(`${key}-a`, { chat: 'a' }, 60_000);
    await keyValues.write(`${key}-b`, { chat: 'b' }, 1000);
    await keyValues.write(`${key}-c`, { chat: 'c' }, 60_000);
    await keyValues.remove(`${key}-c`);
    const read = (...names: string[]) => keyValues.readAll(names.map((name) => `${key}-${name}`));
    expect(await read('b', 'none', 'a', 'c', 'b')).toEqual([
      ...[{ chat: 'b' }, undefined, { chat: 'a' }, undefined, { chat: 'b' }],
    ]);
    clock.advance(2000);
    expect(await read('b', 'a')).toEqual([undefined, { chat: 'a' }]);
    expect(await read()).toEqual([]);
  });

  test('a note is its first taker’s until it is removed or its time is over', async () => {
    const { clock, keyValues, key } = prepare();
    const take = (owner: string) => keyValues.take(key, owner, 60_000);
    expect([await take('a'), await take('b'), await take('a')]).toEqual([true, false, true]);
    await keyValues.remove(key);
    expect([await take('b'), await take('a')]).toEqual([true, false]);
    clock.advance(62_000);
    expect(await take('a')).toBe(true);
  });

  test('of many that take one note at once, one gets it', async () => {
    const { keyValues, key } = prepare();
    const came = await Promise.all(Array.from({ length: 12 }, (_, n) => keyValues.take(key, `m${n}`, 60_000)));
    expect(came.filter(Boolean)).toHaveLength(1);
  });

  test('a list takes so many members and no more, and a member as often as it comes', async () => {
    const { keyValues, key } = prepare();
    const join = (memo: string) => keyValues.join(key, memo, 2, 60_000);
    expect([await join('a'), await join('a'), await join('b'), await join('c'), await join('b')]).toEqual([
      ...[true, true, true, false, true],
    ]);
  });

  test('of many that come at once, just so many get in', async () => {
    const { keyValues, key } = prepare();
    const came = await Promise.all(Array.from({ length: 12 }, (_, n) => keyValues.join(key, `m${n}`, 5, 60_000)));
    expect(came.filter(Boolean)).toHaveLength(5);
  });
};
