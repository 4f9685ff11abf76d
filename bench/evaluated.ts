import { basename } from 'node:path';
import type { Bundle } from '../infra/bundle.ts';

export interface Evaluated {
  /** The files that Node loads before the function's first answer: the entry, and what its files import statically. */
  files: string[];
  bytes: number;
  /** The bytes of each source file in them. */
  inputs: Readonly<Record<string, number>>;
}

/** What a cold start loads of a bundle. Files that only an `import()` names are loaded when they are needed. */
export const evaluatedAtStart = (
  { metafile: { outputs } }: Pick<Bundle, 'metafile'>,
  entry = 'index.mjs',
): Evaluated => {
  const files = new Set<string>();
  const inputs: Record<string, number> = {};
  const first = Object.keys(outputs).find((path) => basename(path) === entry);
  if (first === undefined) throw new Error(`the bundle has no ${entry}`);
  const ahead = [first];
  for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
    const output = outputs[path];
    if (!output || files.has(path)) continue;
    files.add(path);
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs))
      inputs[input] = (inputs[input] ?? 0) + bytesInOutput;
    ahead.push(...output.imports.flatMap(({ kind, path }) => (kind === 'import-statement' ? path : [])));
  }
  const bytes = [...files].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
  return { files: [...files].map((path) => basename(path)), bytes, inputs };
};
