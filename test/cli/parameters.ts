import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

export interface Parameters {
  server: ScriptedHttp;
  stored: Map<string, string>;
  /** How each was last written. */
  puts: { Name: string; Type: string; Overwrite: boolean }[];
  /** Refuses to write, or anything. */
  readOnly: boolean;
  closed: boolean;
}

/** SSM's GetParameters and PutParameter on loopback; the SDK of this process is led to it by its own variables. */
export const parameterStore = async (): Promise<Parameters> => {
  const store: Omit<Parameters, 'server'> = { stored: new Map(), puts: [], readOnly: false, closed: false };
  const server = await scriptedHttp(({ headers, body }, response) => {
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
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'key-of-a-test',
    AWS_SECRET_ACCESS_KEY: 'secret-of-a-test',
  });
  return Object.assign(store, { server });
};
