import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  port: number;
  url: string;
  stop(): Promise<void>;
}

/** On loopback only; port 0 takes a free one. Stopping cuts what is still open. */
export const listen = async (server: Server, port: number): Promise<Listening> => {
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
