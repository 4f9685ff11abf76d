import type { ServerResponse } from 'node:http';
import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

export interface Parameters {
  server: ScriptedHttp;
  stored: Map<string, string>;
  /** How each parameter was last written. */
  puts: { Name: string; Type: string; Overwrite: boolean }[];
  /** `readOnly`: refuses every write. `closed`: refuses every request. */
  readOnly: boolean;
  closed: boolean;
  /** Lambda's limit for the account: how many functions may run at once, and how many of these are unreserved. */
  limit: { all: number; unreserved: number } | 'denied';
}

/**
 * SSM's GetParameters and PutParameter and Lambda's GetAccountSettings on loopback. Environment variables direct this
 * process's SDK here.
 */
export const parameterStore = async (): Promise<Parameters> => {
  const store: Omit<Parameters, 'server'> = { stored: new Map(), puts: [], readOnly: false, closed: false, limit: TEN };
  const server = await scriptedHttp(({ url, headers, body }, response) => {
    if (/^\/2016-08-19\/account-settings/.test(url)) return accountSettings(store.limit, response);
    const asked = JSON.parse(body.toString());
    const answer = (status: number, json: unknown) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(json));
    if (store.closed) return answer(400, { __type: 'AccessDeniedException', message: 'no' });
    if (headers['x-amz-target'] === 'AmazonSSM.GetParameters')
      return answer(200, {
        Parameters: asked.Names.filter((name: string) => store.stored.has(name)).map((Name: string) => ({
          Name,
          Value: store.stored.get(Name),
        })),
        InvalidParameters: asked.Names.filter((name: string) => !store.stored.has(name)),
      });
    if (store.readOnly) return answer(400, { __type: 'AccessDeniedException', message: `no right to ${asked.Value}` });
    const { Name, Value, Type, Overwrite } = asked;
    store.stored.set(Name, Value);
    store.puts.push({ Name, Type, Overwrite });
    return answer(200, { Version: 1 });
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SSM: server.origin,
    AWS_ENDPOINT_URL_LAMBDA: server.origin,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'key-of-a-test',
    AWS_SECRET_ACCESS_KEY: 'secret-of-a-test',
  });
  return Object.assign(store, { server });
};

/** The limit of a new account. */
const TEN = { all: 10, unreserved: 10 };

const accountSettings = (limit: Parameters['limit'], response: ServerResponse) => {
  if (limit === 'denied')
    return response
      .writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException', 'content-type': 'application/json' })
      .end('{"Message":"no"}');
  return response.writeHead(200, { 'content-type': 'application/json' }).end(
    JSON.stringify({
      AccountLimit: {
        TotalCodeSize: 80_530_636_800,
        CodeSizeUnzipped: 262_144_000,
        CodeSizeZipped: 52_428_800,
        ConcurrentExecutions: limit.all,
        UnreservedConcurrentExecutions: limit.unreserved,
      },
      AccountUsage: { TotalCodeSize: 1, FunctionCount: 5 },
    }),
  );
};
