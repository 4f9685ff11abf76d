import type { PageContext } from './guard.ts';
import type { Frame, Html } from './layout.ts';

/**
 * The live parts of a page alone where `?fragment` asks for them, or the whole page. `hono/etag` stands before the routes
 * that answer so: a fragment that has not changed is a 304.
 */
export const fragmentOr = async (
  c: PageContext,
  fragment: string | undefined,
  live: Html,
  page: () => { content: Html; frame: Frame },
): Promise<Response> => {
  if (fragment) return c.html(live);
  const { content, frame } = page();
  return c.render(content, frame);
};
