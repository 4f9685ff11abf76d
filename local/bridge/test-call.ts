import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import * as z from 'zod';
import bridge from '../../bridge.config.ts';
import { listen } from '../loopback/listen.ts';
import { deliver } from '../senders/standard-webhooks.ts';

const CALL = readFileSync(new URL('../sample/call.mp3', import.meta.url));
/** The source whose webhooks this call system signs. */
const SOURCE = 'standard-webhooks';
const SECRET = 'STANDARD_WEBHOOKS_SECRET';
/** One chat of the sandbox for all test memos. */
const CHAT = '550e8400-e29b-41d4-a716-446655440000';

/**
 * A call system on this machine, for the button "Send a test memo": a POST to its address is a call that ends. It posts
 * a signed webhook to the bridge's hook and serves the recording, so the memo takes the way of every memo. Without a
 * secret of the user's it makes one up, which only this process knows.
 * @returns the variables for the bridge; undefined where the configuration has no such source
 */
export const startTestCall = async (environment: Readonly<Record<string, string | undefined>>) => {
  if (!Object.hasOwn(bridge.sources, SOURCE)) return undefined;
  const given = environment[SECRET]?.split(/\s+/).find(Boolean);
  const secret = given ?? `whsec_${randomBytes(24).toString('base64')}`;
  const path = `/calls/${randomUUID()}`; // nobody else on this machine can call
  let hook = '';
  const server = http.createServer((request, response) => {
    if (request.url === '/call.mp3') {
      response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': CALL.length }).end(CALL);
      return;
    }
    if (request.method !== 'POST' || request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    ring(hook, `${host.url}/call.mp3`, secret).then(
      (memo) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ memo })),
      (error) => {
        console.error(
          JSON.stringify({ level: 'ERROR', service: 'test', message: 'the test call failed', reason: String(error) }),
        );
        response.writeHead(502).end();
      },
    );
  });
  const host = await listen(server, 0);
  const allowed = [environment.AFTERCALL_ALLOW_HOSTS, new URL(host.url).host].filter(Boolean).join(',');
  return {
    variables: {
      ...(given === undefined && { [SECRET]: secret, MADE_UP_SECRET: SECRET }),
      AFTERCALL_ALLOW_HOSTS: allowed,
      TEST_CALL_URL: host.url + path,
    },
    /** The bridge is known only after it listens. */
    callsTo(bridgeUrl: string) {
      hook = `${bridgeUrl}/hooks/${SOURCE}?chat=${CHAT}`;
    },
    stop: host.stop,
  };
};

const acceptedSchema = z.object({ memos: z.array(z.string()).min(1) });

/** @returns the memo's id */
const ring = async (hook: string, recordingUrl: string, secret: string): Promise<string | undefined> => {
  const facts = {
    recordingUrl,
    secret,
    nowSeconds: Math.floor(Date.now() / 1000),
    id: randomBytes(16).toString('hex'),
  };
  const { method, headers, body } = deliver(facts);
  const answer = await fetch(hook, { method, headers, body });
  if (!answer.ok) throw new Error(`the hook answered ${answer.status}`);
  return acceptedSchema.parse(await answer.json()).memos[0];
};
