import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECKED, withLine } from '../docs/sources/checked.ts';

const folder = new URL('../docs/sources/', import.meta.url);
const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .map((name) => name.replace(/\.md$/, ''));

test('each source says when its page was last checked, and nothing else does', () => {
  expect(Object.keys(CHECKED).sort()).toEqual(pages.sort());
});

describe.each(pages)('%s', (name) => {
  const page = readFileSync(new URL(`${name}.md`, folder), 'utf8');
  const checked = CHECKED[name] ?? { on: '', against: '' };

  test('ends with the day and the documents: node docs/sources/checked.ts writes that', () => {
    expect(page).toBe(withLine(page, checked));
  });

  test('was checked on a day that has been, against something that has a name', () => {
    expect(checked.on).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(new Date(`${checked.on}T00:00:00Z`).toISOString().slice(0, 10)).toBe(checked.on);
    expect(checked.against.length).toBeGreaterThan(20);
  });
});
