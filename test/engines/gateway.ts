import http from 'node:http';
import { type Listening, listen } from '../../local/loopback/listen.ts';

/**
 * A gateway before moto. The gateway can stop while moto keeps its state; for the clients the service is then away. The
 * gateway passes on one DynamoDB request at a time, because moto checks and writes without a lock and would let two
 * conditional writes succeed.
 */
export const startGateway = (target: Listening, port = 0): Promise<Listening> => {
  let last: Promise<void> = Promise.resolve();
  const server = http.createServer((request, response) => {
    const pass = () => handOn(request, response, target);
    const isDynamodb = String(request.headers['x-amz-target']).startsWith('DynamoDB_');
    if (isDynamodb) last = last.then(pass);
    else pass();
  });
  return listen(server, port);
};

/** Resolves when the answer has ended, complete or not. */
const handOn = (request: http.IncomingMessage, response: http.ServerResponse, target: Listening): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed) return resolve(); // the client left while its request waited: no 'close' event follows
    const { method, url: path, headers } = request; // the Host header stays, because signatures cover it
    const onward = http.request({ host: '127.0.0.1', port: target.port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => {
      onward.destroy();
      resolve();
    });
    request.pipe(onward);
  });
