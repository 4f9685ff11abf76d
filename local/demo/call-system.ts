import { readFileSync } from 'node:fs';
import http from 'node:http';
import { listen } from '../loopback/listen.ts';

/** The recording of the demo's call, an MP3. */
export const CALL = readFileSync(new URL('../sample/call.mp3', import.meta.url));

/** A call system's media host with one recording, and its API for events that do not have all facts. */
export async function startCallSystem() {
  const answers: Record<string, unknown> = {};
  const server = http.createServer((request, response) => {
    const answer = answers[new URL(request.url ?? '/', 'http://phone').pathname];
    if (answer) return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': CALL.length });
    response.end(CALL);
  });
  const host = await listen(server, 0);
  return { ...host, recordingUrl: `${host.url}/call.mp3`, answers };
}
