import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clock, Notes } from '../../functions/core/ports/ports.ts';
import { manualClock } from '../fakes/clock.manual.ts';

/** Something to make notes in. */
export interface NotesHome {
  notes(clock: Clock): Notes;
  stop(): Promise<void>;
}

/** What all notes promise, whatever is behind them. */
export const notesContract = (start: () => Promise<NotesHome>) => {
  let home: NotesHome;
  let keys = 0;
  beforeAll(async () => {
    home = await start();
  });
  afterAll(() => home.stop());
  const prepare = () => {
    const clock = manualClock();
    return { clock, notes: home.notes(clock), key: `note#${++keys}` };
  };

  test('a note is read as it was last written, until it is removed', async () => {
    const { notes, key } = prepare();
    expect(await notes.read(key)).toBeUndefined();
    await notes.write(key, { chat: 'a' }, 1000);
    await notes.write(key, { chat: 'b', why: 'later' }, 1000);
    expect(await notes.read(key)).toEqual({ chat: 'b', why: 'later' });
    await notes.remove(key);
    await notes.remove(key);
    expect(await notes.read(key)).toBeUndefined();
  });

  test('a note is gone when its time is over', async () => {
    const { clock, notes, key } = prepare();
    await notes.write(key, { chat: 'a' }, 60_000);
    clock.advance(59_000);
    expect(await notes.read(key)).toEqual({ chat: 'a' });
    clock.advance(2000);
    expect(await notes.read(key)).toBeUndefined();
  });

  test('some are read at one go, in order, each as often as it is asked for, and none whose time is over', async () => {
    const { clock, notes, key } = prepare();
    await notes.write(`${key}-a`, { chat: 'a' }, 60_000);
    await notes.write(`${key}-b`, { chat: 'b' }, 1000);
    await notes.write(`${key}-c`, { chat: 'c' }, 60_000);
    await notes.remove(`${key}-c`);
    const read = (...names: string[]) => notes.readAll(names.map((name) => `${key}-${name}`));
    expect(await read('b', 'none', 'a', 'c', 'b')).toEqual([
      ...[{ chat: 'b' }, undefined, { chat: 'a' }, undefined, { chat: 'b' }],
    ]);
    clock.advance(2000);
    expect(await read('b', 'a')).toEqual([undefined, { chat: 'a' }]);
    expect(await read()).toEqual([]);
  });

  test('a note is its first taker’s until it is removed or its time is over', async () => {
    const { clock, notes, key } = prepare();
    const take = (owner: string) => notes.take(key, owner, 60_000);
    expect([await take('a'), await take('b'), await take('a')]).toEqual([true, false, true]);
    await notes.remove(key);
    expect([await take('b'), await take('a')]).toEqual([true, false]);
    clock.advance(62_000);
    expect(await take('a')).toBe(true);
  });

  test('of many that take one note at once, one gets it', async () => {
    const { notes, key } = prepare();
    const came = await Promise.all(Array.from({ length: 12 }, (_, n) => notes.take(key, `m${n}`, 60_000)));
    expect(came.filter(Boolean)).toHaveLength(1);
  });

  test('a list takes so many members and no more, and a member as often as it comes', async () => {
    const { notes, key } = prepare();
    const join = (memo: string) => notes.join(key, memo, 2, 60_000);
    expect([await join('a'), await join('a'), await join('b'), await join('c'), await join('b')]).toEqual([
      ...[true, true, true, false, true],
    ]);
  });

  test('of many that come at once, just so many get in', async () => {
    const { notes, key } = prepare();
    const came = await Promise.all(Array.from({ length: 12 }, (_, n) => notes.join(key, `m${n}`, 5, 60_000)));
    expect(came.filter(Boolean)).toHaveLength(5);
  });
};
