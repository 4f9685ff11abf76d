import { randomBytes, randomUUID } from 'node:crypto';
import dns from 'node:dns';
import type http from 'node:http';
import net from 'node:net';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, vi } from 'vitest';
import bridge from '../../bridge.config.ts';
import { withHook } from '../../functions/config.ts';
import { signText } from '../../local/senders/standard-webhooks.sign.ts';
import { startCanaries } from '../canaries.ts';
import { API_KEY, startWorld, until, type World, wav } from '../world.ts';

// A world in which every secret, number and signature is a canary. Everything that comes out of the world is recorded,
// so that tests can search it.
import { recordOutputAndConsole } from './record-output.ts';

interface Delivery {
  secrets: Record<string, string>;
  method: string;
  headers: Record<string, string>;
  body: string;
}

const NO_ID = '0'.repeat(32);

export const SOURCES = await Promise.all(
  Object.entries(withHook(bridge.sources)).map(async ([name, { fetch }]) => {
    const { deliver } = await import(new URL(`../../local/senders/${name}.ts`, import.meta.url).href);
    const api = fetch.credentialHosts?.find((host) => !host.startsWith('*'));
    const { secrets } = deliver({
      hookUrl: 'https://x.invalid',
      recordingUrl: 'https://x.invalid',
      nowSeconds: 0,
      id: NO_ID,
    });
    return {
      name,
      api,
      /** Its recording lies at its own API, for which nobody stands in here. */
      isAtItsApi: Object.keys(secrets).some((setting) => setting.endsWith('_URL')),
      deliver: (hookUrl: string, recordingUrl: string): Delivery =>
        deliver({
          hookUrl,
          recordingUrl,
          nowSeconds: Math.floor(Date.now() / 1000),
          id: randomBytes(16).toString('hex'),
        }),
    };
  }),
);

const SECRETS: Record<string, string> = Object.assign(
  {},
  ...SOURCES.map(({ deliver }) => deliver('https://hooks.example.com', 'https://recordings.example.com').secrets),
);

// Settings of a stand-in end in _URL; the others are secrets.
for (const name of Object.keys(SECRETS)) if (name.endsWith('_URL')) delete SECRETS[name];

export const canaries = startCanaries();
export let logged: readonly string[] = [];
export const answers: { where: string; text: string }[] = [];
export const queued: { queue: string; text: string }[] = [];
export let world: World;

/** The test's own client: the functions did not send what this client sends. */
export let planting: SQSClient | undefined;

/**
 * One world for a test file. Nothing leaves this machine, and everything that the functions print or queue is recorded.
 */
export const startCanaryWorld = async (): Promise<void> => {
  logged = recordOutputAndConsole();
  // No name resolves to another machine, whatever credentials a fetch uses.
  vi.spyOn(dns, 'lookup').mockImplementation(leadsNowhere as typeof dns.lookup);
  collectMessages();
  world = await startWorld(SECRETS);
  planting = new SQSClient();
  for (const [name, secret] of Object.entries({ ...SECRETS, LINQ: world.linq.key, API_KEY }))
    canaries.add(name, secret);
  const pem = Buffer.from(SECRETS.VONAGE_PRIVATE_KEY ?? '', 'base64').toString();
  canaries.add('VONAGE_PRIVATE_KEY, decoded', pem.split('\n')[1] ?? expect.fail());
  canaries.add('a presigned URL', 'X-Amz-Signature');
  canaries.add('a JWT', 'eyJhbGciOi');
};

export const stopCanaryWorld = async (): Promise<void> => {
  planting?.destroy();
  await world.stop();
  vi.restoreAllMocks();
};

const { lookup } = dns;

const leadsNowhere = (name: string, ...rest: [object, (error: Error) => void]) => {
  if (net.isIP(name)) return Reflect.apply(lookup, dns, [name, ...rest]);
  rest[1](Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }));
};

/** Every message that a function sends to a queue, by the queue's name. */
const collectMessages = () => {
  const { send } = SQSClient.prototype;
  const collect = function (this: SQSClient, ...given: unknown[]) {
    const [command] = given;
    if (this !== planting && (command instanceof SendMessageCommand || command instanceof SendMessageBatchCommand)) {
      const { QueueUrl = '' } = command.input;
      const messages = 'Entries' in command.input ? (command.input.Entries ?? []) : [command.input];
      for (const each of messages) queued.push({ queue: QueueUrl.replace(/.*\//, ''), text: JSON.stringify(each) });
    }
    return Reflect.apply(send, this, given);
  };
  // A cast: `send` has an overload for each command, and all call this function.
  vi.spyOn(SQSClient.prototype, 'send').mockImplementation(collect as typeof send);
};

/** Asks the bridge, and records the answer. */
export const ask = async (path: string, init: RequestInit = {}) => {
  const answer = await fetch(world.url + path, init);
  const text = await answer.text();
  const where = `${init.method ?? 'GET'} ${path.replace(/[?+].*/, '')} → ${answer.status}`;
  answers.push({ where, text: `${JSON.stringify([...answer.headers])} ${text}` });
  return { status: answer.status, text, json: text === '' ? {} : JSON.parse(text) };
};

export const withKey = (init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { ...init.headers, authorization: `Bearer ${API_KEY}` },
});

/** A hook's query with numbers in it, as people write them. */
export const hook = (place: string, name = 'standard-webhooks', chat: string = randomUUID()) => {
  const [from, to] = [canaries.number(`from, ${place}`), canaries.number(`to, ${place}`)];
  return `/hooks/${name}?chat=${chat}&from=${encodeURIComponent(from)}&to=${to.slice(1)}&direction=inbound`;
};

export const SECRET = () => SECRETS.STANDARD_WEBHOOKS_SECRET ?? '';

export const signed = (body: string, secret = SECRET()): RequestInit => {
  const [id, now] = [`msg_${randomUUID()}`, Math.floor(Date.now() / 1000)];
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(now),
    'webhook-signature': signText(secret, id, now, body),
  };
  return { method: 'POST', headers, body };
};

export const event = (place: string, url: string, more: object = {}) =>
  JSON.stringify({
    type: 'recording.completed',
    note: canaries.text(`the body, ${place}`),
    data: {
      id: `rec_${randomUUID()}`,
      recording_url: url,
      call_id: randomUUID(),
      from: canaries.number(`from in the body, ${place}`),
      to: canaries.number(`to in the body, ${place}`).slice(1),
      ...more,
    },
  });

export const only = ({ status, json, text }: Awaited<ReturnType<typeof ask>>): string => {
  expect([status, text]).toEqual([200, expect.stringMatching(/^\{"memos":\["m_[a-z2-7]{26}"\]\}$/)]);
  return json.memos[0];
};

/** More than a tenth of the longest call of these events: a shorter recording would look unfinished. */
const CALL_SECONDS = 60;

/** The recording's URL as call systems make it: the URL alone gives access to the recording. */
export const at = (place: string, answer: Uint8Array | http.RequestListener = wav(CALL_SECONDS)) =>
  `${world.media.serve(answer)}?X-Sig=${canaries.text(`the recording's URL, ${place}`)}`;

const linesOf = (service: string, ...words: string[]) =>
  logged.filter((line) => line.includes(`"service":"${service}"`) && words.every((word) => line.includes(word)));

/** Resolves when the service has logged this many more lines with these words. */
export const logs = async (service: string, words: string, lines = 1) => {
  const before = words.startsWith('m_') ? 0 : linesOf(service, words).length;
  const seen = await until(() => linesOf(service, words).length >= before + lines || undefined);
  expect([service, words, seen]).toEqual([service, words, true]);
};

/** The only line that is not ours: the AWS SDK logs it about a body that broke off. */
export const SDK_WARNING = 'An error was encountered in a non-retryable streaming request.';

/** Each canary in the text, with the place where it was found. */
export const found = (where: string, text: string): string[] => canaries.in(text).map((place) => `${place}: ${where}`);

/** An answer of the api without the parts that its caller may see. */
export const allowed = (where: string, text: string): string => {
  if (where.startsWith('POST /memos → 202')) return text.replace(/"upload_url":"[^"]*"/, '');
  return where.startsWith('GET /memos') ? text.replaceAll(/"(from|to)":"[^"]*"/g, '') : text;
};
