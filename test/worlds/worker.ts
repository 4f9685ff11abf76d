import { parentPort } from 'node:worker_threads';
import { type Batch, playBatch } from './batch.ts';

// A thread of `npm run worlds`: batches in, results out.
parentPort?.on('message', async (batch: Batch) => {
  try {
    parentPort?.postMessage(await playBatch(batch));
  } catch (error) {
    parentPort?.postMessage({ seed: batch.seed, error: error instanceof Error ? String(error.stack) : String(error) });
  }
});
