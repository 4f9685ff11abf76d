import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { standardWebhook, startWorld, type World, wav } from '../world.ts';
import { printed, type RunOptions, running } from './running.ts';

let world: World;
let environment: Record<string, string>;
beforeAll(async () => {
  world = await startWorld();
  environment = {
    PORT: new URL(world.url).port,
    AFTERCALL_DATA: world.data,
    AFTERCALL_API_KEY: 'the-key-of-this-world',
    STANDARD_WEBHOOKS_SECRET: world.secrets.standardWebhooks,
  };
});
afterAll(() => world.stop());
const run = (argv: string[], options: RunOptions = {}) => running(argv, { environment, ...options });

const CALLER = '+12025550147';
const call = async (chat: string | undefined, media: string, from = CALLER) => {
  const id = randomUUID();
  const data = {
    id,
    recording_url: media,
    call_id: `call_${id}`,
    from,
    to: '+12025550102',
    direction: 'inbound',
  };
  const signed = standardWebhook(world.secrets.standardWebhooks, data);
  const { body } = await world.post(`/hooks/standard-webhooks${chat ? `?chat=${chat}` : ''}`, signed);
  return (body.memos as string[])[0] ?? '';
};

test('a file is sent to a chat, and waited for', async () => {
  const chat = randomUUID();
  const file = join(mkdtempSync(join(world.data, 'files-')), 'call.wav');
  writeFileSync(file, wav(1, 330));
  const { code, out, err } = await run(['send', file, '--chat', chat]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^m_\S+ is on its way to chat \S+\n(sent|delivered) after one attempt\n$/);
  expect(world.linq.sent.find((memo) => memo.chat === chat)?.bytes).toEqual(wav(1, 330));
});

test('a URL that has no recording ends with 1, and says why and where to look', async () => {
  const { code, json, err } = await run(['send', `${world.media.url}/none.wav`, '--chat', randomUUID(), '--json']);
  expect(code).toBe(1);
  expect(json).toMatchObject({ state: 'rejected', source: 'api' });
  expect(err).toMatch(/^the memo is rejected: .+; to follow it: npx aftercall memo m_\S+\n$/);
});

test('--no-wait says the id alone', async () => {
  const { code, json } = await run(['send', world.media.serve(wav(1)), '--chat', randomUUID(), '--no-wait', '--json']);
  expect([code, Object.keys(json)]).toEqual([0, ['id']]);
});

test('memos are listed by state, source and call; one is told as a timeline', async () => {
  const chat = randomUUID();
  const id = await call(chat, world.media.serve(wav(1)));
  await world.reaches(id, 'sent');
  const { recording } = await world.memo(id);

  const listed = await run([
    'memos',
    '--state',
    'sent',
    '--source',
    'standard-webhooks',
    '--call',
    `${recording.call_id}`,
    '--json',
  ]);
  expect(listed.code).toBe(0);
  expect(listed.json).toMatchObject({ memos: [{ id, state: 'sent', recording: { from: '+1 ••• ••• 0147' } }] });
  expect((await run(['memos', '--limit', '1'])).out).toContain('there are more');
  expect((await run(['memos', '--call', 'none'])).out).toBe('no memo matches\n');

  expect((await run(['memos', '--chat', chat, '--json'])).json).toMatchObject({ memos: [{ id }] });

  const { out } = await run(['memo', id]);
  expect(out).toContain('inbound: +1 ••• ••• 0147 → +1 ••• ••• 0102');
  for (const state of ['received', 'stored', 'sending', 'sent'])
    expect(out).toMatch(new RegExp(`^  \\d{4}-.* ${state}`, 'm'));
});

test('a replay says first what it would do, and does it after a yes alone', async () => {
  const chat = randomUUID();
  const id = await call(undefined, world.media.serve(wav(1)));
  await world.reaches(id, 'unrouted');
  expect((await run(['replay', id, '--dry-run', '--json'])).json).toMatchObject({
    dry_run: true,
    says: '1 still without a route',
    counts: { 'no-route': 1 },
  });
  const declined = await run(['replay', id, '--chat', chat], { typed: ['n'] });
  expect([declined.code, declined.out]).toEqual([1, '1 would be routed now\n']);
  expect(declined.err).toContain('nothing was replayed');

  const done = await run(['replay', id, '--chat', chat], { typed: ['y'] });
  expect([done.code, done.out]).toEqual([0, '1 would be routed now\n1 will be routed now\n']);
  await expect.poll(() => world.linq.sent.filter((memo) => memo.chat === chat).length, { timeout: 30_000 }).toBe(1);
});

test('a replay of a state follows every page, and is one sentence', async () => {
  const ids = await Promise.all(Array.from({ length: 3 }, () => call(undefined, world.media.serve(wav(1)))));
  for (const id of ids) await world.reaches(id, 'unrouted');
  const { code, json } = await run(['replay', '--state', 'unrouted', '--dry-run', '--json']);
  expect(code).toBe(0);
  expect(json.says).toMatch(/^\d+ still without a route$/);
  expect(Number.parseInt(String(json.says), 10)).toBeGreaterThanOrEqual(3);
});

test('whether somebody got it is asked by their number, which no address holds', async () => {
  const dana = '+12025550168';
  const id = await call(randomUUID(), world.media.serve(wav(1)), dana);
  await call(randomUUID(), world.media.serve(wav(1)));
  await world.reaches(id, 'sent');
  const { code, json } = await run(['memos', '--phone', '+1 (202) 555-0168', '--json']);
  expect(code).toBe(0);
  expect(json.memos).toMatchObject([{ id, state: 'sent' }]);
  expect((await run(['memos', '--phone', '+12025550169'])).out).toBe('no memo matches\n');
});

test("an erasure takes a person's memos away, audio and row", async () => {
  const id = await call(randomUUID(), world.media.serve(wav(1)));
  await world.reaches(id, 'sent');
  const { code, json } = await run(['erase', '--phone', CALLER, '--yes', '--json']);
  expect([code, json.left]).toEqual([0, []]);
  expect(json.erased).toContain(id);
  expect((await run(['memo', id])).err).toBe('error: there is no memo with this id, or it was erased\n');
});

test('a file that is dropped into the bucket of a source without a hook becomes a memo, and is waited for', async () => {
  const chat = randomUUID();
  const file = join(mkdtempSync(join(world.data, 'files-')), 'dropped.wav');
  writeFileSync(file, wav(2, 392));
  const { code, json } = await run([
    'drop',
    file,
    '--chat',
    chat,
    '--from',
    '+12025550199',
    '--direction',
    'inbound',
    '--json',
  ]);
  expect([code, json.source, json.target]).toEqual([0, 's3-drop', { chat }]);
  expect(world.linq.sent.filter((sent) => sent.chat === chat)).toHaveLength(1);

  const unfit = await run(['drop', file, '--source', 'amazon-connect', '--key', 'notes.txt']);
  expect(unfit).toMatchObject({
    code: 1,
    err: expect.stringContaining('amazon-connect would not take connect/notes.txt'),
  });
  const none = await run(['drop', `${file}.none`]);
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining('there is no file') });
  const hooked = await run(['drop', file, '--source', 'twilio']);
  expect(hooked).toMatchObject({
    code: 1,
    err: expect.stringContaining('no entry of buckets in bridge.config.ts names'),
  });
});

test('the hooks of the sources that are on are there to paste', async () => {
  const chat = randomUUID();
  const { json } = await run(['hooks', '--chat', chat, '--json']);
  const [on, ...others] = (json.hooks as { on: boolean; url: string; page: string }[])
    .filter((hook) => hook.on)
    .toSorted((a, b) => a.url.localeCompare(b.url));
  expect(others.map(({ url }) => url)).toEqual(['s3://drops/calls/', 's3://drops/connect/']); // these have no hook
  expect(on).toMatchObject({
    url: `${world.url}/hooks/standard-webhooks?chat=${chat}`,
    page: 'docs/sources/standard-webhooks.md',
  });
  expect((await run(['hooks'])).out).toContain('/hooks/standard-webhooks?chat=<chat id>');
});

test('a wrong key, and a bridge that is not there, are one sentence each', async () => {
  const wrong = await run(['memos', '--json'], {
    environment: { ...environment, AFTERCALL_API_KEY: 'another-key-of-ours' },
  });
  expect([wrong.code, wrong.json]).toEqual([
    1,
    {
      error: {
        code: 'unauthorized',
        message: 'the local bridge refuses the API key: set AFTERCALL_API_KEY to the key of this bridge',
      },
    },
  ]);
  const away = await run(['memos'], { environment: { ...environment, PORT: '1' } });
  expect([away.code, away.err]).toEqual([
    1,
    "error: no bridge answers at http://127.0.0.1:1: start it with 'npm start'\n",
  ]);
});

test('no output has had a secret, a signed URL or a whole number in it', () => {
  const all = printed.join('\n');
  expect(all.length).toBeGreaterThan(1000);
  for (const canary of [
    world.secrets.standardWebhooks,
    'the-key-of-this-world',
    'X-Amz-Signature',
    CALLER,
    CALLER.slice(2),
  ])
    expect(all).not.toContain(canary);
});
