import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SecretRef, Source, WebhookRequest } from '../../functions/core/ports/source.ts';
import { defineSource } from '../../functions/sources/define-source.ts';

// Every source of docs/add-a-source.md is data alone. Each is played here by a signer that is not ours.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/add-a-source.md'), 'utf8');
const blocks = [...page.matchAll(/```ts\n((?:(?!```)[\s\S])*?acme: defineSource\([\s\S]*?)```/g)].map(([, code = '']) =>
  code.replace(/^import .*\n+/gm, ''),
);
const folder = mkdtempSync(join(tmpdir(), 'aftercall-add-a-source-'));
const sources: Source[] = [];

beforeAll(async () => {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const [at, block] of blocks.entries()) {
    const file = join(folder, `${at}.ts`);
    const imports = `import { secret } from '${ROOT}functions/config.ts';
import { defineSource } from '${ROOT}functions/sources/define-source.ts';`;
    writeFileSync(file, `${imports}\nexport default {\n${block}};\n`);
    const { default: made } = await import(/* @vite-ignore */ pathToFileURL(file).href);
    sources.push(made.acme);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOW_SECONDS = 1_785_000_000;
const DAY = 86_400;
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const mac = (key: string, text: string, encoding: 'hex' | 'base64' | 'base64url' = 'hex') =>
  createHmac('sha256', key).update(text).digest(encoding);
const keysOf = (kind: 'ed25519' | 'rsa') => {
  const pair = kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const signed = (text: string) =>
    sign(kind === 'rsa' ? 'sha256' : null, Buffer.from(text), pair.privateKey).toString('base64');
  return { spki, signed };
};
const [edwards, rsa] = [keysOf('ed25519'), keysOf('rsa')];
const [strangersEdwards, strangersRsa] = [keysOf('ed25519'), keysOf('rsa')];
const jwt = (key: string, claims: object) => {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const head = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${head}.${mac(key, head, 'base64url')}`;
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');

interface Example {
  title: string;
  /** What the bridge holds. */
  secrets: Readonly<Record<string, readonly string[]>>;
  /** The same, of another account or key: nothing of ours is proved by it. */
  strangers: Readonly<Record<string, readonly string[]>>;
  body(seconds: number): string;
  headers(body: string, seconds: number): Record<string, string>;
  /** What the proof covers, so that its change is refused. */
  covers: { body: boolean; time: boolean };
  /** Where the audio is, if the event has no URL. */
  media?: object;
}
const ours = { ACME_SECRET: ['a-new-secret-of-acme', 'an-old-secret-of-acme'] };
const theirs = { ACME_SECRET: ['the-secret-of-another'] };
const plain = () => JSON.stringify({ id: 'r1', url: 'https://media.acme.example/r1.mp3' });
const both = { body: true, time: true };

/** In the order of the page. */
const examples: Example[] = [
  {
    title: 'an HMAC over time and body',
    secrets: ours,
    strangers: theirs,
    body: () =>
      '{"type":"call.recorded","call":{"id":7,"recordings":[{"id":"r1","href":"https://media.acme.example/r1.mp3"}]}}',
    headers: (body, seconds) => ({
      'x-acme-time': String(seconds),
      'x-acme-signature': `sha256=${mac('an-old-secret-of-acme', `${seconds}.${body}`)}`,
    }),
    covers: both,
  },
  {
    title: 'several signatures and secrets, with an ISO time',
    secrets: ours,
    strangers: theirs,
    body: plain,
    headers: (body, seconds) => ({
      'x-acme-time': iso(seconds),
      'x-acme-signatures': [
        mac('a-retired-secret', body + iso(seconds)),
        mac('an-old-secret-of-acme', body + iso(seconds)),
      ].join(),
    }),
    covers: both,
  },
  {
    title: 'Ed25519 with a published key, the account and the time in the body',
    secrets: { ACME_PUBLIC_KEY: [edwards.spki], ACME_ACCOUNT_ID: ['account-of-ours'] },
    strangers: { ACME_PUBLIC_KEY: [strangersEdwards.spki], ACME_ACCOUNT_ID: ['account-of-another'] },
    body: (seconds) =>
      JSON.stringify({
        id: 'r1',
        url: 'https://media.acme.example/r1.mp3',
        accountId: 'account-of-ours',
        sentAt: iso(seconds),
      }),
    headers: (body) => ({ 'x-acme-signature': edwards.signed(body) }),
    covers: both,
  },
  {
    title: 'RSA with a published key',
    secrets: { ACME_PUBLIC_KEY: [rsa.spki] },
    strangers: { ACME_PUBLIC_KEY: [strangersRsa.spki] },
    body: plain,
    headers: (body, seconds) => ({
      'x-acme-time': `${seconds}000`,
      'x-acme-signature': rsa.signed(`${seconds}000.${body}`),
    }),
    covers: both,
  },
  {
    title: 'a JWT with the hash of the body',
    secrets: { ACME_API_SECRET: ['the-secret-of-our-key', 'the-secret-before'], ACME_API_KEY: ['APIours'] },
    strangers: { ACME_API_SECRET: ['the-secret-of-another'], ACME_API_KEY: ['APItheirs'] },
    body: plain,
    headers: (body, seconds) => ({
      authorization: jwt('the-secret-before', { iss: 'APIours', exp: seconds + 300, sha256: sha256(body) }),
    }),
    covers: both,
  },
  {
    title: 'Basic credentials, and the recording read again by its id',
    secrets: { ACME_HOOK_CREDENTIALS: ['bridge:the-password', 'bridge:the-password-before'] },
    strangers: { ACME_HOOK_CREDENTIALS: ['bridge:another-password'] },
    body: () => '{"id":"r1","from":"+1 anybody could have written this"}',
    headers: () => ({ authorization: `Basic ${Buffer.from('bridge:the-password').toString('base64')}` }),
    covers: { body: false, time: false },
    media: { kind: 'ask' },
  },
  {
    title: 'an HMAC with a base64 key, and the audio at an address made of the id',
    secrets: { ACME_SECRET: ['c2VjcmV0LW9mLWFjbWUtMg==', 'c2VjcmV0LW9mLWFjbWUtMQ=='] },
    strangers: { ACME_SECRET: ['c2VjcmV0LW9mLWFub3RoZXI='] },
    body: () => '{"type":"call.ended","id":"r1"}',
    headers: (body) => ({ 'x-acme-signature': createHmac('sha512', 'secret-of-acme-1').update(body).digest('base64') }),
    covers: { body: true, time: false },
    media: { kind: 'url', url: 'https://api.acme.example/v1/calls/r1/audio' },
  },
];

test('each source of the page is played', () => {
  expect(blocks).toHaveLength(examples.length);
  for (const source of sources) expect(source.mistakes ?? []).toEqual([]);
});

describe.each(examples.map((example, at) => ({ ...example, at })))('$title', (example) => {
  const { at, secrets, strangers, body, headers, covers } = example;
  const delivery = (seconds = NOW_SECONDS): WebhookRequest => {
    const text = body(seconds);
    const url = 'https://hooks.example.com/hooks/acme';
    return { method: 'POST', url, headers: headers(text, seconds), body: new Uint8Array(Buffer.from(text)) };
  };
  const source = () => {
    const found = sources[at];
    if (!found) throw new Error(`the page has no source ${at}`);
    return found;
  };
  const judge = (request: WebhookRequest, held: Example['secrets'] = secrets) =>
    source().authenticate(request, {
      nowMs: NOW_SECONDS * 1000,
      read: async ({ name }: SecretRef) => held[name] ?? [],
    });

  test('is accepted, and is one recording', async () => {
    const proof = await judge(delivery());
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    const event = source().classify(proof.event, 'acme');
    expect(event).toMatchObject({ kind: 'recordings', recordings: [{ source: 'acme', id: 'r1' }] });
    const [recording] = event.kind === 'recordings' ? event.recordings : [];
    const usual = { kind: 'url', url: 'https://media.acme.example/r1.mp3' };
    expect(recording?.media).toEqual(example.media ?? usual);
    if (!covers.body) expect(recording).toEqual({ source: 'acme', id: 'r1', media: { kind: 'ask' } }); // nothing else is believed
  });

  test('is refused where any of our secrets is another, or is absent', async () => {
    for (const name of Object.keys(secrets)) {
      expect((await judge(delivery(), { ...secrets, [name]: strangers[name] ?? [] })).kind).toBe('refused');
      expect((await judge(delivery(), { ...secrets, [name]: [] })).kind).toBe('refused');
    }
  });

  test('is refused without its header', async () => {
    for (const name of Object.keys(delivery().headers)) {
      const { [name]: _gone, ...others } = delivery().headers;
      expect((await judge({ ...delivery(), headers: others })).kind).toBe('refused');
    }
  });

  test(`with a changed body is ${covers.body ? 'refused' : 'accepted: the page says that nothing is covered'}`, async () => {
    const changed = new Uint8Array(Buffer.from(body(NOW_SECONDS).replace('r1', 'r2')));
    expect((await judge({ ...delivery(), body: changed })).kind).toBe(covers.body ? 'refused' : 'authentic');
  });

  test(`of yesterday is ${covers.time ? 'refused' : 'accepted: the id alone stops a replay'}`, async () => {
    expect((await judge(delivery(NOW_SECONDS - DAY))).kind).toBe(covers.time ? 'refused' : 'authentic');
    expect(source().covers).toMatchObject(covers);
  });
});

test.each([
  ['r/../2?x#y', 'https://api.acme.example/v1/calls/r%2F..%2F2%3Fx%23y/audio'],
  ['..', undefined],
  ['.', undefined],
])('an id stays one segment of the address of its audio: %s', async (id, url) => {
  const body = new Uint8Array(Buffer.from(JSON.stringify({ type: 'call.ended', id })));
  const request = { method: 'POST', url: 'https://b.example/', body };
  const headers = { 'x-acme-signature': createHmac('sha512', 'secret-of-acme-1').update(body).digest('base64') };
  const source = sources.at(-1);
  const read = async () => ['c2VjcmV0LW9mLWFjbWUtMQ=='];
  const proof = await source?.authenticate({ ...request, headers }, { nowMs: 0, read });
  if (proof?.kind !== 'authentic') throw new Error('the delivery is not authentic');
  const event = source?.classify(proof.event, 'acme');
  if (url) expect(event).toMatchObject({ recordings: [{ id, media: { kind: 'url', url } }] });
  else expect(event).toEqual({ kind: 'unreadable', reason: 'id: must be an id, and leads to another address' });
});

test('of several digests in one header each may have the prefix, and one that matches is enough', async () => {
  const [body, seconds] = ['{}', NOW_SECONDS];
  const source = defineSource({
    kind: 'acme',
    signature: {
      secret: { name: 'ACME_SECRET' },
      header: 'x-acme-signature',
      prefix: 'v1=',
      separator: ' ',
      algorithm: 'sha256',
      encoding: 'hex',
      signed: '{body}',
    },
    recording: { id: 'id', url: 'url' },
    fetch: { hosts: ['media.acme.example'] },
  });
  const judged = async (signature: string) => {
    const headers = { 'x-acme-signature': signature };
    const request = { method: 'POST', url: 'https://b.example/', headers, body: new Uint8Array(Buffer.from(body)) };
    return (await source.authenticate(request, { nowMs: seconds * 1000, read: async () => ['secret-of-acme'] })).kind;
  };
  const [right, wrong] = [mac('secret-of-acme', body), '0'.repeat(64)];
  expect(await judged(`v1=${wrong} v1=${right}`)).toBe('authentic');
  expect(await judged(`v1=${wrong} ${right}`)).toBe('authentic');
  expect(await judged(`v1=${wrong} v1=${wrong}`)).toBe('refused');
  expect(await judged(right)).toBe('refused');
});
