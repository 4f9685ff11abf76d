import type { Fitting } from '../core/model/audio.ts';
import type { Naming } from './formats.ts';
import type { Job, Outcome } from './job.ts';

/** Removes the bytes before a file's sound. Such a file has at most ten megabytes. */
export const cut = async <Kept>(
  { naming, reason }: { naming: Naming; reason: string },
  job: Job<Kept>,
  notes: Pick<Fitting, 'notes'>,
): Promise<Outcome<Kept>> => {
  const { file, probe } = job;
  const bytes = new Uint8Array(await file.read(0, file.bytes));
  const part = await job.keep({ bytes, extension: naming.extension, facts: { ...probe.facts, bytes: bytes.length } });
  return { parts: [part], fitting: { done: 'remuxed', reason, ...notes } };
};
