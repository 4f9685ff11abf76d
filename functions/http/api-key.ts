import { createMiddleware } from 'hono/factory';
import { AftercallError } from '../core/model/errors.ts';
import type { Secrets } from '../core/ports/ports.ts';
import type { SecretRef } from '../core/ports/source.ts';
import { sameText } from '../core/source/signature.ts';
import { withFreshSecrets } from '../core/source/with-fresh-secrets.ts';

export interface ApiKeyOptions {
  secrets: Secrets;
  apiKey: SecretRef;
  /** Is called for each wrong key, and waited for before the answer. */
  wrongKey: (where: string) => Promise<void>;
}

/**
 * Passes requests that carry the API key, or one of its two values during a rotation. `hono/bearer-auth` would refuse keys
 * with characters outside of base64url, and answer 400 to some of them.
 * @throws AftercallError `unauthorized`
 */
export const withApiKey = ({ secrets, apiKey, wrongKey }: ApiKeyOptions) =>
  createMiddleware(async (c, next) => {
    const given = /^Bearer (.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1] ?? '';
    const opens = async () => (await secrets.read(apiKey)).map((key) => sameText(given, key)).includes(true);
    if (!(await withFreshSecrets(secrets, opens, (isOpen) => !isOpen))) {
      if (given) await wrongKey('Authorization');
      c.header('WWW-Authenticate', 'Bearer realm="Aftercall"'); // RFC 9110 §11.6.1: each 401 has one
      throw new AftercallError('unauthorized', 'Authorization: Bearer <AFTERCALL_API_KEY> is needed');
    }
    await next();
  });
