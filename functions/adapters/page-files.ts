import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const fromSource = import.meta.url.endsWith('.ts');
const nodeRequire = createRequire(import.meta.url);

/**
 * The script and the style that the page's browser loads. In an asset the three files lie beside `index.mjs`, where
 * `infra/bundle.ts` puts them.
 * @throws Error of node:fs where a file is missing
 */
export const pageFiles = (): { script: string; style: string } => {
  const page = fromSource ? '../http/console/page/' : './';
  const read = (name: string) => readFileSync(new URL(`${page}${name}`, import.meta.url), 'utf8');
  const idiomorph = fromSource
    ? readFileSync(nodeRequire.resolve('idiomorph/dist/idiomorph.min.js'), 'utf8')
    : read('idiomorph.js');
  return { script: `${idiomorph}\n${read('page.js')}`, style: read('page.css') };
};
