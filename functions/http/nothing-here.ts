import type { HonoRequest, NotFoundHandler } from 'hono';
import { AftercallError } from '../core/model/errors.ts';
import { errorAnswer } from './errors.ts';

interface Routed {
  method: string;
  path: string;
}

/**
 * Answers requests without a route: 405 with `Allow` where the path has other methods (RFC 9110 §15.5.6), else 404.
 * @param app its routes are read at the first such request, when they are complete
 * @param elsewhere routes of another app at the same host
 * @param page answers a browser, which asks for HTML, where the path has nothing
 */
export const nothingHere = (
  app: { routes: readonly Routed[] },
  elsewhere: readonly Routed[] = [],
  page?: NotFoundHandler,
): NotFoundHandler => {
  let known: (Routed & { pattern: RegExp })[] | undefined;
  return (c) => {
    known ??= [...app.routes, ...elsewhere].filter(isForAMethod).map(({ method, path }) => {
      return { method, path, pattern: new RegExp(`^${path.replace(/:\w+(\{[^}]*\})?/g, '[^/]+')}/?$`) };
    });
    const fitting = known.filter(({ pattern }) => pattern.test(c.req.path));
    const exact = fitting.filter(({ path }) => path === c.req.path); // /memos/find, and not /memos/:id
    const taken = (exact.length > 0 ? exact : fitting).map(({ method }) => method);
    if (taken.length === 0 || taken.includes(c.req.method)) {
      if (page && isPerson(c.req)) return page(c);
      return errorAnswer(c, new AftercallError('not_found', 'there is nothing at this path'));
    }
    const allowed = [...new Set(taken)].toSorted().join(', ');
    c.header('Allow', allowed);
    return errorAnswer(c, new AftercallError('method_not_allowed', `this path takes ${allowed}`));
  };
};

/** Hono lists middleware as `ALL`. */
const isForAMethod = ({ method }: Routed): boolean => method !== 'ALL';

const isPerson = (request: HonoRequest): boolean =>
  request.method === 'GET' && (request.header('Accept') ?? '').includes('text/html');
