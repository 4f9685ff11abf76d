import { parentPort } from 'node:worker_threads';
import type { AudioFile, FittedPart } from '../core/ports/ports.ts';
import { asCannotRead } from './cannot-read.ts';
import { engine, type Hearing } from './engine.ts';
import type { Ask, FromThread, Job, Shape, ToThread } from './engine-messages.ts';

// The entry of a worker thread, also in a bundle. A thread does one job at a time and asks the function for bytes.

if (!parentPort) throw new Error('engine-thread runs in a worker thread, which engine-threads.ts starts');
const port = parentPort;

// Libraries print warnings about media, and a stranger's file can choose their text. Written to the function's own
// streams, the warnings would also keep the process of an idle thread alive.
for (const stream of [process.stdout, process.stderr]) stream.write = () => true;

const waiting = new Map<number, (answer: unknown) => void>();
let asked = 0;
const asker =
  (job: number) =>
  <T>(what: Ask): Promise<T> =>
    new Promise((resolve) => {
      const id = ++asked;
      // The function's answer has the type that belongs to the request.
      waiting.set(id, resolve as (answer: unknown) => void);
      port.postMessage({ ask: what, id, job } satisfies FromThread);
    });

const perform = (job: Job, number: number): Promise<unknown> => {
  const ask = asker(number);
  const fileOf = (bytes: number): AudioFile => ({ bytes, read: (start, end) => ask({ read: [start, end] }) });
  const keep = (part: FittedPart): Promise<void> => ask({ keep: part });
  const chunks = async function* () {
    for (let chunk = await ask<Uint8Array | undefined>({ next: true }); chunk; chunk = await ask({ next: true }))
      yield chunk;
  };
  const hearingOf = (from: Shape): Hearing =>
    'bytes' in from ? { file: fileOf(from.bytes) } : { pcm: { ...from, chunks: chunks() } };
  switch (job.does) {
    case 'probe':
      return engine.probe(fileOf(job.bytes));
    case 'unreadBytes':
      return engine.unreadBytes(fileOf(job.bytes));
    case 'measure':
      return engine.measure(hearingOf(job.from), job.listening);
    case 'convert':
      return engine.convert(hearingOf(job.from), job.listening, job.recipe, keep);
    case 'remux':
      return engine.remux(fileOf(job.bytes), job.maxParts, keep);
  }
};

port.on('message', (message: ToThread) => {
  if ('job' in message) {
    perform(message.job, message.number).then(
      (done) => port.postMessage({ done } satisfies FromThread),
      (error) => port.postMessage({ cannot: asCannotRead(error).message } satisfies FromThread),
    );
    return;
  }
  waiting.get(message.id)?.(message.answer);
  waiting.delete(message.id);
});
