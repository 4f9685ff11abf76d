import { createHash } from 'node:crypto';
import { Hono } from 'hono';

/** What a browser loads besides the pages, as text. */
export interface PageFiles {
  script: string;
  style: string;
}

/** Where each of them is served: named after its content, so that a browser keeps it for ever and never has an old one. */
export const pathsOf = ({ script, style }: PageFiles) => ({
  script: hashed(script, 'js'),
  style: hashed(style, 'css'),
});

export const assetRoutes = (page: PageFiles) => {
  const headers = (type: string) => ({
    'Content-Type': `${type}; charset=utf-8`,
    'Cache-Control': 'public, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
  });
  const paths = pathsOf(page);
  return new Hono()
    .get(paths.style, (c) => c.body(page.style, 200, headers('text/css')))
    .get(paths.script, (c) => c.body(page.script, 200, headers('text/javascript')));
};

const hashed = (text: string, extension: string): string =>
  `/console/${createHash('sha256').update(text).digest('hex').slice(0, 16)}.${extension}`;
