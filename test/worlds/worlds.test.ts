import { expect, test } from 'vitest';
import { BATCH, playBatch } from './batch.ts';
import { inWords } from './judge.ts';

// The seed is printed; a failing world is printed too, with the command that plays it again.

test(`${BATCH} random worlds keep the promise`, async () => {
  const seed = Math.floor(Math.random() * 1_000_000_000);
  console.log(`${BATCH} worlds of seed ${seed}: npm run worlds -- --runs ${BATCH} --seed ${seed}`);
  const { worlds, failure, broken } = await playBatch({ seed, runs: BATCH });
  const again = `npm run worlds -- --seed ${failure?.seed} --path ${failure?.path}`;
  expect(Object.keys(broken).map(inWords), `${failure?.story}\n\n${again}`).toEqual([]);
  expect(worlds).toBe(BATCH);
});
