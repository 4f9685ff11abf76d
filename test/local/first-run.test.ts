import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCloud, urlOf } from '../../local/cloud/cloud-file.ts';
import {
  atTerminal,
  type BridgeProcess,
  PATIENCE_MS,
  PROJECT,
  shellEnvironment,
  startProcess,
} from '../world/operator/bridge-process.ts';
import { json, type MediaHost, mediaHost, standardWebhook, until, wav } from '../world.ts';

// A newcomer's first minutes: `aftercall init` at a terminal, `npm start`, the empty page, a first call.

const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const SECRET = `whsec_${randomBytes(24).toString('base64')}`;

/** Linux has `script`, which gives a command a terminal. */
describe.skipIf(process.platform !== 'linux')('the first run', { timeout: 3 * PATIENCE_MS }, () => {
  let clone: string;
  let media: MediaHost;
  let bridge: BridgeProcess | undefined;
  beforeAll(async () => {
    media = await mediaHost();
    clone = mkdtempSync(join(tmpdir(), 'aftercall-clone-'));
    for (const part of ['functions', 'cli', 'local', 'infra', 'bridge.config.ts', 'package.json'])
      cpSync(join(PROJECT, part), join(clone, part), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(clone, 'node_modules'));
  });
  afterAll(async () => {
    await bridge?.stop();
    await media.stop();
    rmSync(clone, { recursive: true, force: true });
  });
  const api = async <T>(path: string): Promise<T> => {
    const key = readFileSync(join(bridge?.data ?? '', 'api-key'), 'utf8').trim();
    return json<T>(await fetch(bridge?.url + path, { headers: { authorization: `Bearer ${key}` } }));
  };
  const isDelivered = (memo: string) =>
    until(async () => (await api<{ state: string }>(`/memos/${memo}`)).state === 'delivered' || undefined, PATIENCE_MS);
  const inTheSandbox = async (chat: string) => {
    const cloud = readCloud(bridge?.data ?? '');
    return (await fetch(`${cloud && urlOf(cloud, 'sandbox')}/sandbox/${chat}`)).text();
  };

  test('init asks at a terminal, and writes .env and a route', async () => {
    const answers = ['standard-webhooks', SECRET, '', CHAT];
    const env = shellEnvironment();
    const shown = await atTerminal('npx aftercall init', answers, { project: clone, cwd: clone, env });
    expect(shown).toContain('Now: npm start');
    expect(shown).not.toContain(SECRET);
    expect(statSync(join(clone, '.env')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(clone, '.env'), 'utf8')).toContain(SECRET);
    expect(readFileSync(join(clone, 'bridge.config.ts'), 'utf8')).toContain(
      `  routes: [\n    { when: { source: 'standard-webhooks' }, send: { chat: '${CHAT}' } },`,
    );
  });

  test('npm start reads both: the source is on, and the empty page offers a test memo, which takes the whole way', async () => {
    bridge = await startProcess({ AFTERCALL_ALLOW_HOSTS: new URL(media.url).host }, clone);
    expect(bridge.log()).toContain(`on   ${bridge.url}/hooks/standard-webhooks`);
    const answer = await fetch(bridge.signInLink(), { redirect: 'manual' });
    const cookie = answer.headers.get('set-cookie')?.replace(/;.*/s, '') ?? '';
    const page = await (await fetch(bridge.url, { headers: { cookie } })).text();
    expect(page).toContain('No memo yet');
    expect(page).toContain(`data-copy="${bridge.url}/hooks/standard-webhooks"`);
    const token = /action="\/test-memo">.*?name="token" value="([0-9a-f]+)"/s.exec(page)?.[1] ?? '';
    const posted = await fetch(`${bridge.url}/test-memo`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ token }),
    });
    expect([posted.status, posted.headers.get('location')]).toEqual([303, '/?flash=test']);
    const memo = await until(async () => (await api<{ memos: { id: string }[] }>('/memos')).memos[0]?.id, PATIENCE_MS);
    expect(await isDelivered(memo ?? '')).toBe(true);
    expect(await inTheSandbox(CHAT)).toContain(memo);
    expect(await (await fetch(bridge.url, { headers: { cookie } })).text()).toContain(memo);
  });

  test('a call goes where init has said', async () => {
    const webhook = standardWebhook(SECRET, { id: `rec_${randomUUID()}`, recording_url: media.serve(wav(1)) });
    const answer = await fetch(`${bridge?.url}/hooks/standard-webhooks`, { method: 'POST', ...webhook });
    const { memos } = await json<{ memos: string[] }>(answer);
    expect(await isDelivered(memos[0] ?? '')).toBe(true);
    expect(await inTheSandbox(CHAT)).toContain(memos[0]);
  });
});
