import http from 'node:http';
import { listen } from '../../local/loopback/listen.ts';
import { type CountingProxy, nothingCounted } from './counting-proxy.ts';

export const INSTANCE = '11111111-2222-4333-8444-555555555555';

/** Serves and counts Amazon Connect's DescribeContact. Every contact names the same chat. */
export const contactServer = async (chat: string): Promise<CountingProxy> => {
  let counted = nothingCounted();
  const server = http.createServer((_request, response) => {
    counted.requests['connect DescribeContact'] = (counted.requests['connect DescribeContact'] ?? 0) + 1;
    const Contact = {
      InitiationMethod: 'INBOUND',
      CustomerEndpoint: { Type: 'TELEPHONE_NUMBER', Address: '+14155550101' },
      SystemEndpoint: { Type: 'TELEPHONE_NUMBER', Address: '+14155550199' },
      Attributes: { aftercall_chat: chat },
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ Contact }));
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
