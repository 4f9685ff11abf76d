import { createMiddleware } from 'hono/factory';
import { AftercallError } from '../core/model/errors.ts';
import type { Secrets } from '../core/ports/ports.ts';
import type { SecretRef } from '../core/ports/source.ts';
import { sameText } from '../core/source/signature.ts';

export interface ApiKeyOptions {
  secrets: Secrets;
  apiKey: SecretRef;
  /** Told of each wrong key before it is answered. */
  wrongKey: (where: string) => Promise<void>;
}

/** Lets in whoever holds the API key, or one of its values during a rotation. */
export const withApiKey = ({ secrets, apiKey, wrongKey }: ApiKeyOptions) =>
  createMiddleware(async (c, next) => {
    const given = /^Bearer (.+)$/i.exec(c.req.header('Authorization') ?? '')?.[1] ?? '';
    const opens = async () => (await secrets.read(apiKey)).map((key) => sameText(given, key)).includes(true);
    if (!(await opens()) && !(secrets.forget() && (await opens()))) {
      if (given) await wrongKey('Authorization');
      throw new AftercallError('unauthorized', 'Authorization: Bearer <AFTERCALL_API_KEY> is needed');
    }
    await next();
  });
