import http from 'node:http';
import { type Listening, listen } from '../../local/loopback/listen.ts';

/**
 * The way to moto. It may stop while the cloud behind it keeps its state: to its clients the service is away. DynamoDB's
 * requests go one after the other, because moto checks and writes without a lock and lets two conditional writes through.
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

/** Resolves when the answer is over, whatever came of it. */
const handOn = (request: http.IncomingMessage, response: http.ServerResponse, target: Listening): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed) return resolve(); // its client left while it waited for its turn: no 'close' comes any more
    const { method, url: path, headers } = request; // the Host header stays: signatures cover it
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
