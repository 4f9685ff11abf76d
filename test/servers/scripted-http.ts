import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A request as the server got it, with its whole body. */
export interface Asked {
  method: string;
  /** Path and query, as the client sent them. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

/** An HTTP server on loopback. It answers with the test's current `answer` and records each request. */
export interface ScriptedHttp {
  answer: Answer;
  readonly asked: Asked[];
  readonly port: number;
  readonly origin: string;
  /** How many connections the server has accepted. */
  connections(): number;
  /** Resolves when the clients have ended every connection. */
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
      return; // the client cut the request off, so nobody waits for an answer
    }
    response.sendDate = false; // the date would make answers differ between runs
    const { method = '', url = '', headers } = request;
    const asked = { method, url, headers, body: Buffer.concat(chunks) };
    scripted.asked.push(asked);
    scripted.answer(asked, response);
  };
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  server.on('connection', (socket: Socket) => {
    taken += 1;
    open.add(socket);
    socket.on('error', () => {}); // in some tests the client hangs up
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
      for (const socket of open) socket.destroy(); // sockets that never carried HTTP
      await closed;
    },
  };
  return scripted;
};

/** A JSON answer with a status. */
export const json =
  (status: number, value: unknown, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
