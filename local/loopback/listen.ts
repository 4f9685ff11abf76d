import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerUnavailable, type Guard, ownName, refuse } from './guard.ts';

export interface Listening {
  port: number;
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts a server on loopback, behind its guard; all servers of this machine start here. Port 0 takes a free port.
 * Stopping cuts open connections.
 * @param fault why the server cannot work now: it then answers 503 with this text
 */
export const listen = async (
  server: Server,
  port: number,
  guard: Guard = ownName(),
  fault: () => string | undefined = () => undefined,
): Promise<Listening> => {
  putBefore(server, guard, fault);
  // Node's default of five seconds is only a second longer than its client's. On a busy machine, the server may close a
  // connection just when the client uses it, and the request is reset.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // A TCP server that listens has this type of address. A string is a pipe's address; null comes before listening.
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

/** Lets the server's own listeners get a request only if the guard accepts the request. */
const putBefore = (server: Server, guard: Guard, fault: () => string | undefined): void => {
  // A request of these events would bypass the guard. Without a listener, Node refuses such a request, or treats it as
  // a plain request.
  for (const event of ['checkContinue', 'checkExpectation', 'connect', 'upgrade'])
    if (server.listenerCount(event) > 0) throw new Error(`a server of this machine must not listen to ${event}`);
  // Node's types do not give the parameters of listeners; `request` listeners get these two.
  const own = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const refusal = guard(request);
    if (refusal !== undefined) return refuse(response, refusal);
    const unable = fault();
    if (unable !== undefined) return answerUnavailable(response, unable);
    for (const listener of own) listener.call(server, request, response);
  });
};
