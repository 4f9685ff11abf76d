import { scriptedHttp } from '../servers/scripted-http.ts';

export interface ParameterStore {
  url: string;
  /** @param prefix ends with a slash */
  put(prefix: string, values: Readonly<Record<string, string>>): void;
  stop(): Promise<void>;
}

/** SSM's GetParameters on loopback, for SecureStrings that the caller reads decrypted. */
export const startParameterStore = async (): Promise<ParameterStore> => {
  const stored = new Map<string, string>();
  const server = await scriptedHttp(({ headers, body }, response) => {
    const answer = (status: number, json: unknown) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(json));
    if (headers['x-amz-target'] !== 'AmazonSSM.GetParameters') {
      return answer(400, { __type: 'UnknownOperationException' });
    }
    const { Names } = JSON.parse(body.toString()) as { Names: string[] }; // the SDK's own request
    return answer(200, {
      Parameters: Names.flatMap((Name) =>
        stored.has(Name) ? [{ Name, Type: 'SecureString', Value: stored.get(Name) }] : [],
      ),
      InvalidParameters: Names.filter((name) => !stored.has(name)),
    });
  });
  return {
    url: server.origin,
    put(prefix, values) {
      for (const [name, value] of Object.entries(values)) stored.set(prefix + name, value);
    },
    stop: server.stop,
  };
};
