import { createHash } from 'node:crypto';
import type { PageContext } from './guard.ts';
import { type Frame, type Html, layout } from './layout.ts';

/** The parts of a page that change by themselves, alone and only where they have changed; or the whole page. */
export const fragmentOr = async (
  c: PageContext,
  fragment: string | undefined,
  live: Html,
  frame: () => Omit<Frame, 'formToken'>,
): Promise<Response> => {
  if (!fragment) return c.html(layout({ ...frame(), formToken: c.var.session.formToken }));
  const text = String(await live);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  c.header('ETag', etag);
  return c.req.header('If-None-Match') === etag ? c.body(null, 304) : c.html(text);
};
