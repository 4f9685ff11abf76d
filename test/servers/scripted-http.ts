import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A request as the server got it, its body whole. */
export interface Asked {
  method: string;
  /** Path and query as they were sent. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

/** An HTTP server on loopback that answers as the test says at the moment, and remembers what it was asked. */
export interface ScriptedHttp {
  answer: Answer;
  readonly asked: Asked[];
  readonly port: number;
  readonly origin: string;
  /** Connections taken so far. */
  connections(): number;
  /** Resolves once every connection has ended from the other side. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export const scriptedHttp = async (
  answer: Answer = (_, response) => response.end(),
  tls?: { key: string; cert: string },
): Promise<ScriptedHttp> => {
  const open = new Set<Socket>();
  let taken = 0;
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // cut off by the client: nobody waits for an answer
    }
    response.sendDate = false; // the machine's clock is no part of a script
    const { method = '', url = '', headers } = request;
    const asked = { method, url, headers, body: Buffer.concat(chunks) };
    scripted.asked.push(asked);
    scripted.answer(asked, response);
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  server.on('connection', (socket: Socket) => {
    taken += 1;
    open.add(socket);
    socket.on('error', () => {}); // a client that hangs up is what some tests are about
    socket.on('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server has this kind of address.
  const { port } = server.address() as AddressInfo;

  const scripted: ScriptedHttp = {
    answer,
    asked: [],
    port,
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    connections: () => taken,
    async quiet() {
      const closed = (socket: Socket) => new Promise((resolve) => socket.on('close', resolve));
      while (open.size > 0) await Promise.all([...open].map(closed));
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const socket of open) socket.destroy(); // those that never spoke HTTP
      await closed;
    },
  };
  return scripted;
};

/** An answer of JSON with a status. */
export const json =
  (status: number, value: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
