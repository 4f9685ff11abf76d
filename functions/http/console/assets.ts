import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { STYLE_OF_PARTS } from './style-parts.ts';

const style = STYLE + STYLE_OF_PARTS;
const hashed = (text: string, extension: string): string =>
  `/console/${createHash('sha256').update(text).digest('hex').slice(0, 16)}.${extension}`;

/** Named after what they hold, so that a browser may keep them for ever and never has an old one. */
export const STYLE_PATH = hashed(style, 'css');
export const SCRIPT_PATH = hashed(SCRIPT, 'js');

export const assetRoutes = () => {
  const headers = (type: string) => ({
    'Content-Type': `${type}; charset=utf-8`,
    'Cache-Control': 'public, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
  });
  return new Hono()
    .get(STYLE_PATH, (c) => c.body(style, 200, headers('text/css')))
    .get(SCRIPT_PATH, (c) => c.body(SCRIPT, 200, headers('text/javascript')));
};
