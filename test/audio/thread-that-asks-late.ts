import { parentPort } from 'node:worker_threads';
import type { FromThread, ToThread } from '../../functions/audio/engine-messages.ts';

// A worker thread whose decoder reads ahead: when a job comes, it first requests bytes of the previous job.

const say = (message: FromThread) => parentPort?.postMessage(message);
let before: number | undefined;
parentPort?.on('message', (message: ToThread) => {
  if (!('job' in message)) return say({ done: {} });
  const { number } = message;
  if (before !== undefined) say({ ask: { read: [500, 999] }, id: 1, job: before });
  before = number;
  say({ ask: { read: [0, 10] }, id: 2, job: number });
});
