import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// The conventions of this project, as programs. A failure lists each violation: `file: what`.

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const ignored = ['.git', ...read('.gitignore').split('\n')].map((line) => line.replace(/\/$/, '')).filter(Boolean);

/** Every file of the project under a folder, as a path from the project's root. */
const files = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = normalize(join(folder, entry.name));
    if (ignored.includes(entry.name)) return [];
    if (entry.isDirectory()) return files(path);
    return entry.isFile() ? [path] : [];
  });
const tree = files('.');
const code = tree.filter((path) => path.endsWith('.ts'));
const under = (...folders: string[]) => code.filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)));

interface Import {
  from: string;
  /** The path from the root for a project file, else the package's name. */
  to: string;
  specifier: string;
  onlyType: boolean;
}
const IMPORTS = /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;
const importsOf = (path: string): Import[] =>
  [...read(path).matchAll(IMPORTS)].map(([, type, named, bare, dynamic]) => {
    const specifier = named ?? bare ?? dynamic ?? '';
    const to = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier;
    return { from: path, to, specifier, onlyType: type !== undefined };
  });
const said = ({ from, specifier }: Import) => `${from}: imports ${specifier}`;

describe('imports point inward', () => {
  const OURS = /^(functions|infra|local|cli|bench|test)\/|^bridge\.config\.ts$/;
  const network = [
    'hono',
    'undici',
    '@hono',
    '@aws-sdk',
    '@aws-lambda-powertools',
    '@linqapp',
    'aws-lambda',
    'aws-cdk-lib',
  ];
  const outward = [
    ...network,
    'node:http',
    'node:https',
    'node:net',
    'node:tls',
    'node:dns',
    'node:fs',
    'node:child_process',
  ];
  const rooms: { room: string; knows: string[]; mayUse: (used: Import) => boolean }[] = [
    {
      room: 'functions/core',
      knows: ['functions/core/'],
      mayUse: ({ to, onlyType }) => ['zod', 'node:crypto'].includes(to) || (to === 'node:stream' && onlyType),
    },
    {
      room: 'functions/sources',
      knows: ['functions/core/'],
      mayUse: ({ to }) => ['zod', 'jose', 'standardwebhooks', 'node:crypto'].includes(to),
    },
    {
      room: 'functions/http',
      knows: ['functions/core/', 'functions/http/', 'functions/config.ts'],
      mayUse: ({ to }) => /^hono(\/|$)/.test(to) || !isOneOf(outward, to),
    },
    {
      room: 'functions/audio',
      knows: ['functions/core/', 'functions/audio/'],
      mayUse: ({ to }) => !isOneOf(network, to),
    },
    { room: 'functions/adapters', knows: ['functions/core/', 'functions/adapters/'], mayUse: () => true },
    {
      room: 'cli',
      // Of the stack only the file with a stage's parameters: the other files would load the CDK.
      knows: ['cli/', 'functions/', 'local/', 'bridge.config.ts', 'infra/secrets.ts', 'infra/stack-name.ts'],
      mayUse: () => true,
    },
  ];

  test.each(rooms)('out of $room', ({ room, knows, mayUse }) => {
    const all = under(room).flatMap(importsOf);
    expect(all.length).toBeGreaterThan(0);
    const wrong = all.filter((used) =>
      OURS.test(used.to) ? !knows.some((known) => used.to.startsWith(known)) : !mayUse(used),
    );
    expect(wrong.map(said)).toEqual([]);
  });

  const CONFIGURATION = ['config', 'deployment', 'environment'].map((name) => `functions/${name}.ts`);
  test.each(CONFIGURATION)('out of %s, which core and the other files of the configuration stand behind', (path) => {
    const wrong = importsOf(path).filter(
      ({ to }) => !to.startsWith('functions/core/') && ![...CONFIGURATION, 'zod'].includes(to),
    );
    expect(wrong.map(said)).toEqual([]);
  });

  test('out of a room of functions/core, into itself and the rooms before it alone', () => {
    const ROOMS = ['model', 'ports', 'source', 'policy', 'operate', 'receive', 'store', 'send', 'tend', 'observe'];
    const floor = (path: string) => ROOMS.indexOf(path.split('/')[2] ?? '');
    const paths = under('functions/core');
    expect(paths.filter((path) => floor(path) < 0)).toEqual([]);
    expect(new Set(paths.map(floor)).size).toBe(ROOMS.length);
    const wrong = paths.flatMap(importsOf).filter(({ from, to }) => floor(to) > floor(from));
    expect(wrong.map(said)).toEqual([]);
  });

  test('and never in a circle', () => {
    const imports = new Map(code.map((path) => [path, importsOf(path).map(({ to }) => to)]));
    const leadsOn = new Set(code);
    // The loop removes each file whose imports lead nowhere. The rest are the circles, and the files that import them.
    for (let before = -1; before !== leadsOn.size; ) {
      before = leadsOn.size;
      for (const path of leadsOn) if (!imports.get(path)?.some((to) => leadsOn.has(to))) leadsOn.delete(path);
    }
    expect([...leadsOn]).toEqual([]);
  });

  test('and from the process of the local bridge to no emulator, which would cost it 100 MB', () => {
    const reached = new Set(['local/bridge/process.ts']);
    for (const path of reached) for (const { to } of code.includes(path) ? importsOf(path) : []) reached.add(to);
    expect(reached).toContain('functions/store.ts');
    const emulators = ['dynalite', 'fauxqs', '@20minutes/s3rver'];
    expect([...reached].filter((to) => to.startsWith('local/cloud/emulators/') || emulators.includes(to))).toEqual([]);
  });

  test('and to adapters from the entries, local/, cli/ and tests alone', () => {
    const mayKnow = /^(functions\/[^/]+\.ts$|functions\/adapters\/|local\/|cli\/|test\/)/;
    const wrong = code
      .filter((path) => !mayKnow.test(path) || /^functions\/(config|deployment)\.ts$/.test(path))
      .flatMap(importsOf);
    expect(wrong.filter(({ to }) => to.startsWith('functions/adapters/')).map(said)).toEqual([]);
  });
});

test.each([
  ['the environment', /process\.env/],
  ['a clock', /Date\.now|new Date\(\)|performance\.now|\bset(Timeout|Interval)\(/],
  ['randomness', /Math\.random|random(UUID|Bytes|Int)\b/],
  ['the network', /\bfetch\(/],
  ['the console', /\bconsole\./],
])('functions/core has not %s of its own', (what, pattern) => {
  const paths = under('functions/core');
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => pattern.test(read(path))).map((path) => `${path}: has ${what}`)).toEqual([]);
});

test('a webhook is declared authentic inside functions/sources, and by the one proof that is described as data', () => {
  const callers = under('functions', 'local', 'infra', 'cli', 'bench').filter(
    (path) => /\bauthentic\(/.test(read(path).replaceAll(/^\s*\*.*$/gm, '')), // an example in a comment calls nothing
  );
  expect(callers.length).toBeGreaterThan(0);
  const others = callers.filter((path) => !path.startsWith('functions/sources/'));
  expect(others).toEqual(['functions/core/source/proof.ts']);
});

describe('a source is whole', () => {
  const names = under('functions/sources')
    .filter((path) => path !== 'functions/sources/define-source.ts') // makes sources, and is not a source
    .map((path) => path.replace(/^functions\/sources\/|\.ts$/g, ''));
  const config = read('bridge.config.ts');

  test.each(names)('%s', (name) => {
    const missing: string[] = [];
    const needs = (there: boolean, what: string) => there || missing.push(what);
    const suite = `test/sources/${name}.test.ts`;
    needs(existsSync(join(root, suite)), suite);
    needs(
      existsSync(join(root, suite)) && /\b(s|objectS)ourceContract\(/.test(read(suite)),
      `the contract call in ${suite}`,
    );
    const fixtures = tree.filter((path) => path.startsWith(`test/fixtures/${name}/`) && path.endsWith('.json'));
    needs(fixtures.length > 0, `test/fixtures/${name}/*.json`);
    needs(existsSync(join(root, `local/senders/${name}.ts`)), `local/senders/${name}.ts, for the demo`);
    needs(existsSync(join(root, `docs/sources/${name}.md`)), `docs/sources/${name}.md`);
    const factory = new RegExp(`import \\{ (\\w+) \\} from '\\./functions/sources/${name}\\.ts'`).exec(config)?.[1];
    needs(factory !== undefined, `its import in bridge.config.ts`);
    needs(new RegExp(`^\\s*'?${name}'?: ${factory}\\(`, 'm').test(config), `its line '${name}': … in bridge.config.ts`);
    expect(missing).toEqual([]);
  });
});

test.each([
  [250, ['functions', 'infra', 'local', 'cli']],
  [300, ['test', 'bench']],
])('no file is longer than %i lines in %j', (most, folders) => {
  const lines = under(...folders).map((path) => ({ path, count: read(path).split('\n').length - 1 }));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter(({ count }) => count > most).map(({ path, count }) => `${path}: ${count} lines`)).toEqual([]);
});

test('imports of our own files end in .ts', () => {
  const own = code.flatMap(importsOf).filter(({ specifier }) => specifier.startsWith('.'));
  expect(own.filter(({ specifier }) => !/\.(ts|json)$/.test(specifier)).map(said)).toEqual([]);
});

test('zod is imported whole: `import { z }` costs five times the bytes', () => {
  const named = /^import\s+(?:type\s+)?\{[^}]*\}\s+from\s+'zod'|^import\s+z\s+from\s+'zod'/m;
  expect(code.filter((path) => named.test(read(path)))).toEqual([]);
});

test('the tree names no machine, no registry and no mirror', () => {
  const [work, root, home, npm, debian] = [['work'], ['root'], ['home'], ['registry', 'npm'], ['deb', 'debian']];
  const folders = [work, root, home].map((path) => `(^|[\\s"'\`(=:])/${path.join('')}/`);
  const pattern = new RegExp([...folders, npm.join('\\.'), debian.join('\\.'), '"resolved":'].join('|'), 'm');
  const self = 'test/rules.test.ts';
  const named = tree.filter((path) => path !== self && pattern.test(read(path)));
  expect(named.map((path) => `${path}: ${pattern.exec(read(path))?.[0]}`)).toEqual([]);
});

function isOneOf(packages: readonly string[], name: string): boolean {
  return packages.some((known) => name === known || name.startsWith(`${known}/`));
}
