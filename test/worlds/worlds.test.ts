import { expect, test } from 'vitest';
import { playBatch } from './batch.ts';
import { inWords } from './judge.ts';

// A failing world is printed, with the command that plays it again.

const WORLDS = 300;

test(`${WORLDS} random worlds keep the promise`, async () => {
  const seed = Math.floor(Math.random() * 1_000_000_000);
  const { worlds, failure, broken } = await playBatch({ seed, runs: WORLDS });
  const again = `npm run worlds -- --seed ${failure?.seed} --path ${failure?.path}`;
  expect(Object.keys(broken).map(inWords), `${failure?.story}\n\n${again}`).toEqual([]);
  expect(worlds).toBe(WORLDS);
});
