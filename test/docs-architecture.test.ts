import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { architecture, THEMES } from '../docs/pictures/architecture.ts';

const inRoot = (path: string): URL => new URL(`../${path}`, import.meta.url);
const committed = (name: string): string => readFileSync(inRoot(`docs/images/${name}`), 'utf8');

test('the pictures of the architecture are those that npm run architecture makes', () => {
  expect(committed('architecture.svg')).toBe(architecture(THEMES.light));
  expect(committed('architecture-dark.svg')).toBe(architecture(THEMES.dark));
});

test('each function in the picture is an entry, and every entry is in the picture', () => {
  const picture = architecture(THEMES.light);
  const drawn = [...picture.matchAll(/class="function".*?class="name"[^>]*>(\w+)</g)].map(([, name]) => name);
  expect(drawn.sort()).toEqual(['api', 'receive', 'send', 'store', 'tend']);
  expect(drawn.filter((name) => !existsSync(inRoot(`functions/${name}.ts`)))).toEqual([]);
});

test('the README shows both', () => {
  const readme = readFileSync(inRoot('README.md'), 'utf8');
  expect(readme).toContain('srcset="docs/images/architecture-dark.svg"');
  expect(readme).toContain('src="docs/images/architecture.svg"');
});
