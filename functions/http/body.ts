import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { AftercallError } from '../core/model/errors.ts';

/** For requests whose body is JSON. */
export const smallBody = bodyLimit({
  maxSize: 64 * 1024,
  onError: () => {
    throw new AftercallError('too_large', 'a request may have 64 KiB; audio goes by upload_url');
  },
});

/** @throws AftercallError `unreadable` */
export const jsonOf = async (c: Context): Promise<unknown> =>
  c.req.json().catch(() => {
    throw new AftercallError('unreadable', 'the body is not JSON');
  });
