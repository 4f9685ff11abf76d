import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';

// Inputs in files: the interesting inputs of each target, which every run tries first, and the inputs that failed.

const keptSchema = z.array(z.object({ outcome: z.string(), input: z.unknown() }));
export type Kept = z.infer<typeof keptSchema>;
const foundSchema = z.object({ target: z.string(), seed: z.number(), error: z.string(), input: z.unknown() });
export type Found = z.infer<typeof foundSchema>;

const CORPUS = new URL('./corpus/', import.meta.url);
/** Larger inputs are not kept, so that the corpus stays small. */
const MAX_INPUT_CHARACTERS = 1000;
const MAX_KEPT = 60;

export const readCorpus = (target: string): Kept => {
  const file = new URL(`${target}.json`, CORPUS);
  return existsSync(file) ? keptSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
};

/** Adds inputs whose outcome is new to the corpus; returns the number added. */
export const addToCorpus = (target: string, outcomes: ReadonlyMap<string, unknown>): number => {
  const kept = readCorpus(target);
  const known = new Set(kept.map(({ outcome }) => outcome));
  const added = [...outcomes]
    .filter(([outcome, input]) => !known.has(outcome) && JSON.stringify(input).length <= MAX_INPUT_CHARACTERS)
    .slice(0, Math.max(0, MAX_KEPT - kept.length))
    .map(([outcome, input]) => ({ outcome, input }));
  const all = [...kept, ...added].sort((a, b) => (a.outcome < b.outcome ? -1 : 1));
  const lines = all.map((each) => JSON.stringify(each)).join(',\n');
  if (added.length > 0) writeFileSync(new URL(`${target}.json`, CORPUS), `[\n${lines}\n]\n`);
  return added.length;
};

/** Saves a found fault in a folder; returns the path. */
export const saveFound = (folder: string, found: Found): string => {
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/${found.target}-${found.seed}.json`;
  writeFileSync(path, `${JSON.stringify(found, undefined, 2)}\n`);
  return path;
};

export const readFound = (path: string): Found => foundSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
