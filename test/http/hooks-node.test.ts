import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formBody, signForm } from '../../local/senders/twilio.sign.ts';
import { receiving, TWILIO_TOKEN } from './receiving.ts';

const publicUrl = 'https://tunnel.example.com';
const { app } = receiving({ publicUrl });
const server = http.createServer(getRequestListener((request, env) => app.fetch(request, env)));

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  await once(server.close(), 'close');
});

/** Sends the path unchanged: `fetch` would escape it again. */
const post = async (path: string, headers: http.OutgoingHttpHeaders, body: string) => {
  // A cast: a server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const request = http.request({ port, path, method: 'POST', headers, agent: false }).end(body);
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
};

test.each(["from=O'Hara", "from=O'Hara&to=%2B1%7e", 'from=+1&to=a%20b', "from=O%27Hara'"])(
  'through a server of Node, the signature holds with %s in the query',
  async (query) => {
    const parameters: [string, string][] = [['RecordingStatus', 'in-progress']];
    const path = `/hooks/twilio?${query}`;
    const signature = signForm(TWILIO_TOKEN, publicUrl + path, parameters);
    expect(await post(path, { 'x-twilio-signature': signature }, formBody(parameters))).toBe(200);
    expect(await post(`${path}x`, { 'x-twilio-signature': signature }, formBody(parameters))).toBe(401);
  },
);
