import http from 'node:http';
import { listen } from '../../local/loopback/listen.ts';
import { type CountingProxy, nothingCounted } from './counting-proxy.ts';

/** Serves and counts SSM's GetParameters, which the embedded cloud does not have. */
export const parameterServer = async (
  prefix: string,
  values: Readonly<Record<string, string>>,
): Promise<CountingProxy> => {
  let counted = nothingCounted();
  const server = http.createServer(async (request, response) => {
    const { Names } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as { Names: string[] }; // its input
    counted.requests['ssm GetParameters'] = (counted.requests['ssm GetParameters'] ?? 0) + 1;
    const Parameters = Names.flatMap((Name) => {
      const Value = values[Name.replace(prefix, '')];
      return Value === undefined ? [] : [{ Name, Value }];
    });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ Parameters }));
  });
  return {
    ...(await listen(server, 0)),
    take() {
      const taken = counted;
      counted = nothingCounted();
      return taken;
    },
  };
};
