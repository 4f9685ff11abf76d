import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Guard, ownName, refuse } from './guard.ts';

export interface Listening {
  port: number;
  url: string;
  stop(): Promise<void>;
}

/**
 * On loopback only; port 0 takes a free one. Every server of this machine comes up here, behind its guard. Stopping cuts what is
 * still open.
 */
export const listen = async (server: Server, port: number, guard: Guard = ownName()): Promise<Listening> => {
  putBefore(server, guard);
  // Node's five seconds are a second more than its own client's: on a busy machine the two cross, and a request is reset.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // A listening TCP server has this kind of address; a string is a pipe's, null is before listening.
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** The server's own listeners see a request only once the guard has let it pass. */
const putBefore = (server: Server, guard: Guard): void => {
  // A request that comes by one of these would pass no guard; without a listener Node refuses it, or makes it a plain request.
  for (const event of ['checkContinue', 'checkExpectation', 'connect', 'upgrade'])
    if (server.listenerCount(event) > 0) throw new Error(`a server of this machine must not listen to ${event}`);
  // Node's types leave the event's listeners open; those of `request` are called with these two.
  const own = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const refusal = guard(request);
    if (refusal !== undefined) return refuse(response, refusal);
    for (const listener of own) listener.call(server, request, response);
  });
};
