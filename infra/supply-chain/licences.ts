import type { LockedPackage } from './lock-file.ts';

/** Licences that ask for nothing but their notice. */
const PERMISSIVE = [
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
];

/** Packages under another licence, each with the reason why we may use it. */
const EXCEPTIONS: Readonly<Record<string, { licence: string; reason: string }>> = {
  mediabunny: { licence: 'MPL-2.0', reason: 'bundled unmodified; NOTICE says where its source is' },
  '@mediabunny/mp3-encoder': { licence: 'MPL-2.0', reason: 'bundled unmodified; NOTICE says where its source is' },
  'codec-parser': { licence: 'LGPL-3.0-or-later', reason: 'bundled unmodified; NOTICE says how to replace it' },
  lightningcss: { licence: 'MPL-2.0', reason: 'only runs tests, in vitest; nothing of it ships' },
  'humanize-number': {
    licence: 'none',
    reason: 'MIT by its README; only runs tests, in the S3 emulator; nothing of it ships',
  },
  'axe-core': { licence: 'MPL-2.0', reason: 'only runs tests, in the browser; nothing of it ships' },
};

/** @returns a line for each package whose licence is not allowed, with the licence */
export const refusedLicences = (packages: readonly LockedPackage[]): string[] =>
  packages
    .filter(({ name, licence }) => !isAllowed(licence) && EXCEPTIONS[exceptionFor(name)]?.licence !== licence)
    .map(({ name, version, licence }) => `${name}@${version}: ${licence}`);

/** The platform packages of lightningcss bear its name with a suffix. */
const exceptionFor = (name: string): string => (name.startsWith('lightningcss-') ? 'lightningcss' : name);

/** Of `A OR B` one must be allowed, of `A AND B` both. Parentheses stand only around a whole expression in npm's packages. */
const isAllowed = (expression: string): boolean =>
  expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => PERMISSIVE.includes(licence)));
