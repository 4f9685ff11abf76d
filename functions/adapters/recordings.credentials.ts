import { text } from 'node:stream/consumers';
import { type Dispatcher, request } from 'undici';
import type { Recording } from '../core/model/recording.ts';
import type { FetchContext, FetchPlan, SourceContext } from '../core/ports/source.ts';
import { counted, type Failed, failed } from './recordings.body.ts';

export type Credentials = readonly Readonly<Record<string, string>>[];

const MAX_TOKEN_BYTES = 100_000;

/** The plan's credentials. An exchange for a token goes through the guard, and only to a credential host. */
export const credentialsOf = async (
  plan: FetchPlan,
  recording: Recording,
  context: SourceContext,
  { dispatcher, timeoutMs }: { dispatcher: Dispatcher; timeoutMs: number },
): Promise<{ kind: 'credentials'; sets: Credentials } | Failed> => {
  const exchange: FetchContext['exchange'] = async ({ url, headers, body }) => {
    const { protocol, hostname, port } = new URL(url);
    if (protocol !== 'https:' || port !== '' || !plan.credentialHosts?.includes(hostname)) {
      throw new Error(`${hostname} is no credential host of this source`);
    }
    const signal = AbortSignal.timeout(Math.ceil(timeoutMs));
    const answer = await request(url, { method: 'POST', dispatcher, signal, headers: { ...headers }, body });
    answer.body.on('error', () => {}); // `counted` below gets the error
    if (answer.statusCode < 200 || answer.statusCode > 299) {
      answer.body.destroy();
      throw new TokenRefused(`no token: the source answered ${answer.statusCode}`);
    }
    return JSON.parse(await text(counted({ headers: {}, body: answer.body }, MAX_TOKEN_BYTES).bytes));
  };
  try {
    return { kind: 'credentials', sets: (await plan.credentials?.(recording, { ...context, exchange })) ?? [] };
  } catch (error) {
    if (error instanceof TokenRefused) return { kind: 'trouble', reason: error.message };
    if (error instanceof SyntaxError) return { kind: 'trouble', reason: 'no token: the source answered no JSON' };
    return failed(error);
  }
};

class TokenRefused extends Error {}
