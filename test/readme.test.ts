import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const file = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** Commands in the README that CI cannot run, because they need an account. */
const NEEDS_AN_ACCOUNT = /^npm run deploy -- --stage prod$/;
const RUN_BY_A_TEST: Readonly<Record<string, string>> = {
  'npm start': 'test/local/start.test.ts', // the test runs the same file, `local/start.ts`
};
/** test/cli/documented.test.ts gives each to the command's own parser; the tests beside it run the commands. */
const COMMAND = /^npx aftercall /;
const SHELL_ONLY = /^(export|curl) /; // the reader's own settings, and requests that test/world sends

const commands = [...file('README.md').matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter(Boolean);

test('every command in the README is run by CI, by a test, or needs an account', () => {
  const ci = file('.ci/run').split('\n');
  const unproved = commands.filter(
    (command) =>
      !ci.includes(command) &&
      !RUN_BY_A_TEST[command] &&
      ![NEEDS_AN_ACCOUNT, COMMAND, SHELL_ONLY].some((known) => known.test(command)),
  );
  expect(commands.length).toBeGreaterThan(5);
  expect(unproved).toEqual([]);
});

test('a page that says that CI runs its command is right', () => {
  const ci = file('.ci/run').split('\n');
  const pages = readdirSync(new URL('../docs', import.meta.url)).filter((page) => page.endsWith('.md'));
  const claims = pages
    .map((page) => file(`docs/${page}`))
    .filter((text) => text.includes('`.ci/run` runs it'))
    .map((text) => /^# `(npm run [\w:-]+)`/.exec(text)?.[1]);
  expect(claims).toContain('npm run verify:deploy');
  expect(claims.filter((command) => !ci.includes(command ?? ''))).toEqual([]);
});

test('the scripts that the README names exist, and npm start is what its test runs', () => {
  const { scripts } = JSON.parse(file('package.json'));
  const named = [...file('README.md').matchAll(/npm (?:run )?([a-z][\w:-]*)/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== 'ci' && name !== 'run');
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  expect(scripts.start).toBe('node local/start.ts');
});

const docs = readdirSync(new URL('../docs', import.meta.url), { recursive: true, encoding: 'utf8' });
const pages = [
  ...['README.md', 'AGENTS.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...docs.filter((page) => page.endsWith('.md')).map((page) => `docs/${page}`),
];

/** Every link of a page into this tree, with the part after `#`. */
const links = pages.flatMap((page) =>
  [...file(page).matchAll(/(?:\]\(|(?:src|srcset)=")(?!https?:)([^)"]+)/g)].map(([, link = '']) => {
    const url = new URL(link, new URL(`../${page}`, import.meta.url));
    const anchor = url.hash.slice(1);
    url.hash = '';
    return { page, link, url, anchor };
  }),
);

test('every file that a page links to is there', () => {
  expect(links.length).toBeGreaterThan(20);
  for (const { page, link, url } of links) expect(() => readFileSync(url), `${page}: ${link}`).not.toThrow(/ENOENT/);
});

test('every heading that a page links to is there', () => {
  const missing = links
    .filter(({ url, anchor }) => anchor && url.pathname.endsWith('.md'))
    .filter(({ url, anchor }) => !anchorsOf(readFileSync(url, 'utf8')).includes(anchor));
  expect(missing.map(({ page, link }) => `${page}: ${link}`)).toEqual([]);
});

/** The anchors that GitHub makes from a page's headings. */
const anchorsOf = (page: string): string[] =>
  [...page.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test('the index of the docs leads to every page', () => {
  const reached = links.filter(({ page }) => page === 'docs/README.md').map(({ url }) => url.pathname);
  const all = docs.filter((page) => /^[\w-]+\.md$/.test(page) && page !== 'README.md');
  expect(all.filter((page) => !reached.some((path) => path.endsWith(`/docs/${page}`)))).toEqual([]);
});

test('every file that docs/path.md names is there', () => {
  const blocks = [...file('docs/path.md').matchAll(/^```\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const named = blocks.flatMap((block) => block.match(/\b(?:functions|local|infra|cli)\/[\w./-]+\.ts\b/g) ?? []);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
});
