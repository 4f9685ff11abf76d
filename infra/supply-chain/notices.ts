import { readdirSync, readFileSync } from 'node:fs';
import { bundle } from '../bundle.ts';
import type { FunctionName } from '../secrets.ts';
import { inProject, type LockedPackage } from './lock-file.ts';

/** Where the notices stand; `npm run notices` writes the file. */
export const NOTICES = 'THIRD-PARTY-NOTICES.md';

/**
 * The packages of which esbuild puts code into a function's asset, by the lock file's folders.
 * @returns for each folder the functions that hold its code
 */
export const shippedPackages = (): Map<string, string[]> => {
  const shipped = new Map<string, string[]>();
  for (const name of FUNCTIONS) {
    const inputs = Object.values(bundle(name).metafile.outputs).flatMap((output) => Object.entries(output.inputs));
    const folders = inputs
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([input]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input) ?? []);
    for (const folder of new Set(folders)) shipped.set(folder, [...(shipped.get(folder) ?? []), name]);
  }
  return shipped;
};
const FUNCTIONS: readonly FunctionName[] = ['receive', 'store', 'send', 'api', 'tend'];

/** The text of `THIRD-PARTY-NOTICES.md`: every shipped package, then each licence text once with the packages that give it. */
export const noticesOf = (shipped: ReadonlyMap<string, string[]>, packages: readonly LockedPackage[]): string => {
  const found = [...shipped].map(([folder, functions]) => {
    const locked = packages.find((each) => each.folder === folder);
    if (!locked) throw new Error(`${folder} is bundled, and package-lock.json does not name it: run npm ci`);
    return { ...locked, functions, texts: licenceTexts(folder) };
  });
  found.sort((one, other) => (`${one.name}@${one.version}` < `${other.name}@${other.version}` ? -1 : 1));
  const texts = new Map<string, { text: string; names: Set<string> }>();
  for (const { name, version, texts: own } of found)
    for (const text of own) {
      const words = text.replace(/\s+/g, ' ');
      const same = texts.get(words) ?? { text, names: new Set() };
      texts.set(words, { ...same, names: same.names.add(`${name} ${version}`) });
    }

  return [
    '# Third-party notices',
    '',
    'Written by `npm run notices` from what esbuild puts into the functions. A test compares. [NOTICE](NOTICE) names the',
    'libraries that are compiled into some of these packages.',
    '',
    '| package | version | licence | in |',
    '| --- | --- | --- | --- |',
    ...found.map(
      ({ name, version, licence, functions }) => `| ${name} | ${version} | ${licence} | ${functions.join(', ')} |`,
    ),
    '',
    ...withoutText(found),
    ...[...texts.values()].flatMap(({ text, names }) => [`## ${[...names].join(', ')}`, '', '```', text, '```', '']),
  ].join('\n');
};

const withoutText = (found: readonly { name: string; version: string; texts: string[] }[]): string[] => {
  const silent = found.filter(({ texts }) => texts.length === 0).map(({ name, version }) => `- ${name} ${version}`);
  if (silent.length === 0) return [];
  return ['These packages hold no licence text, and name their licence alone:', '', ...new Set(silent), ''];
};

/** A package's licence and notice files, without the spaces at the ends of lines, so that equal texts are found. */
const licenceTexts = (folder: string): string[] =>
  readdirSync(inProject(folder))
    .filter((file) => /^(licen[sc]e|copying|notice)(\.(md|txt))?$/i.test(file))
    .sort()
    .map((file) => readFileSync(inProject(`${folder}/${file}`), 'utf8'))
    .map((text) =>
      text
        .replace(/\r/g, '')
        .replace(/[ \t]+$/gm, '')
        .trim(),
    );
