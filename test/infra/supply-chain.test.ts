import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readAudit } from '../../infra/supply-chain/audit.ts';
import { installScriptFaults } from '../../infra/supply-chain/install-scripts.ts';
import { refusedLicences } from '../../infra/supply-chain/licences.ts';
import { inProject, type LockedPackage, lockedPackages, readJson } from '../../infra/supply-chain/lock-file.ts';
import { NOTICES, noticesOf, shippedPackages } from '../../infra/supply-chain/notices.ts';
import { softwareBom } from '../../infra/supply-chain/sbom.ts';

const packages = lockedPackages();
const shipped = shippedPackages();
const { allowScripts } = readJson<{ allowScripts: Record<string, boolean> }>('package.json');
const file = (path: string): string => readFileSync(inProject(path), 'utf8');

const aPackage = (over: Partial<LockedPackage>): LockedPackage => ({
  name: 'a-package',
  version: '1.0.0',
  folder: 'node_modules/a-package',
  licence: 'MIT',
  isDevelopment: false,
  hasInstallScript: false,
  integrity: 'sha512-x',
  isBundled: false,
  ...over,
});

test('every package is under a licence that is allowed', () => {
  expect(packages.length).toBeGreaterThan(300);
  expect(refusedLicences(packages)).toEqual([]);
});

test.each([
  ['GPL-3.0-only', true],
  ['AGPL-3.0-or-later', true],
  ['none', true],
  ['SEE LICENSE IN LICENSE.txt', true],
  ['MPL-2.0', true],
  ['MIT AND GPL-2.0-only', true],
  ['(MIT OR GPL-3.0-or-later)', false],
  ['Apache-2.0', false],
  ['BSD-3-Clause AND MIT', false],
])('a package under %s is refused: %s', (licence, isRefused) => {
  expect(refusedLicences([aPackage({ licence })])).toEqual(isRefused ? [`a-package@1.0.0: ${licence}`] : []);
});

test('an exception holds for its own licence alone', () => {
  const changed = packages
    .filter(({ name }) => name === 'mediabunny')
    .map((one) => ({ ...one, licence: 'GPL-3.0-only' }));
  expect(refusedLicences(changed)).toHaveLength(1);
});

test('the packages that run a program when they are installed are those of allowScripts, and npm refuses others', () => {
  expect(installScriptFaults(packages, allowScripts)).toEqual([]);
  expect(file('.npmrc').split('\n')).toContain('strict-allow-scripts=true');
});

test('an install script that nobody allowed is a fault, and so is an entry that no package needs', () => {
  const added = aPackage({ name: 'miner', hasInstallScript: true });
  expect(installScriptFaults([...packages, added], allowScripts)).toEqual([
    'miner@1.0.0 has an install script that package.json does not allow',
  ]);
  expect(installScriptFaults([added], { miner: false })).toHaveLength(1);
  expect(installScriptFaults(packages, { ...allowScripts, gone: true })).toEqual([
    'allowScripts names gone, which has no install script',
  ]);
});

test('npm compares a hash of every package that it fetches', () => {
  const fetched = packages.filter(({ isBundled }) => !isBundled);
  expect(fetched.filter(({ integrity }) => !integrity?.startsWith('sha512-')).map(({ name }) => name)).toEqual([]);
});

test('every page and CI install from the lock file alone', () => {
  const pages = readdirSync(inProject('docs'), { recursive: true, encoding: 'utf8' })
    .filter((page) => page.endsWith('.md'))
    .map((page) => `docs/${page}`);
  const blocks = ['README.md', 'CONTRIBUTING.md', ...pages].flatMap(
    (page) => file(page).match(/```sh\n[\s\S]*?```/g) ?? [],
  );
  const commands = [...blocks, file('.ci/run')].join('\n');
  expect(commands).toContain('npm ci');
  expect(commands.match(/^.*\bnpm (install|i|add|update|up)\b.*$/gm) ?? []).toEqual([]);
});

test('THIRD-PARTY-NOTICES.md names what ships, with its licence texts: npm run notices renews it', () => {
  expect(file(NOTICES) === noticesOf(shipped, packages)).toBe(true); // so that a failure does not print 130 kB
  for (const name of ['hono', 'undici', 'mediabunny', '@aws-sdk/client-sqs'])
    expect(file(NOTICES)).toContain(`| ${name} |`);
});

test('NOTICE names no package that does not ship', () => {
  const named = [...file('NOTICE').matchAll(/^ {2}(\S+) {2,}/gm)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(4);
  const inStore = [...shipped].filter(([, functions]) => functions.includes('store')).map(([folder]) => folder);
  expect(named.filter((name) => !inStore.includes(`node_modules/${name}`))).toEqual([]);
});

test('the bill of materials is CycloneDX, under our name, with every package of the lock file', async () => {
  const { metadata, components } = await softwareBom();
  expect(metadata.component.name).toBe('aftercall');
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  expect(packages.map(({ name, version }) => `${name}@${version}`).filter((name) => !listed.has(name))).toEqual([]);
});

test.each([
  [
    'a registry that refuses',
    { message: '405 Method Not Allowed - POST https://example.com/-/npm', error: { summary: '', detail: '' } },
    '405 Method Not Allowed - POST the registry',
  ],
  ['a machine without a network', { error: { summary: 'getaddrinfo EAI_AGAIN', detail: '' } }, 'getaddrinfo EAI_AGAIN'],
])('%s makes the audit one that was not asked, with the reason', (_, printed, reason) => {
  expect(readAudit(JSON.stringify(printed))).toEqual({ kind: 'not-asked', reason });
});

test('an answer of the audit is read, and one that is neither answer nor error is no pass', () => {
  const printed = { auditReportVersion: 2, vulnerabilities: { 'a-package': { name: 'a-package', severity: 'high' } } };
  expect(readAudit(JSON.stringify(printed))).toEqual({
    kind: 'answered',
    vulnerable: [{ name: 'a-package', severity: 'high' }],
  });
  expect(() => readAudit('{}')).toThrow();
  expect(() => readAudit('')).toThrow();
});
