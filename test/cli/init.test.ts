import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { envFileOf, loadEnvFile, setInEnvFile } from '../../local/env-file.ts';
import { printed, running } from './running.ts';

const CONFIG = 'export default defineBridge({\n  sources: {},\n  routes: [\n    // docs/routes.md\n  ],\n});\n';
const CHAT = '550e8400-e29b-41d4-a716-446655440000';
const [TOKEN, LINQ_KEY] = ['canary-of-the-twilio-token', 'canary-of-the-linq-key'];

let folder: string;
let files: { envFile: string; configFile: string };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aftercall-init-'));
  files = { envFile: join(folder, '.env'), configFile: join(folder, 'bridge.config.ts') };
  writeFileSync(files.configFile, CONFIG);
});
afterEach(() => rmSync(folder, { recursive: true }));
const env = () => parseEnv(readFileSync(files.envFile, 'utf8'));
const config = () => readFileSync(files.configFile, 'utf8');

test('init asks, writes a .env that only its owner can read, and a route', async () => {
  const typed = ['twillio', 'twilio', TOKEN, LINQ_KEY, 'nowhere', '+1 202 555 0100'];
  const { code, out } = await running(['init'], { ...files, typed });
  expect([code, out]).toEqual([0, expect.stringContaining('There is no twillio')]);
  expect(Object.values(env())).toEqual(expect.arrayContaining([TOKEN, LINQ_KEY]));
  expect(statSync(files.envFile).mode & 0o777).toBe(0o600);
  expect(config()).toContain(
    "  routes: [\n    { when: { source: 'twilio' }, send: { line: '+12025550100', handle: 'remote party', create: 'Your call follows as a voice memo.' } },\n    // docs",
  );
  expect(out).toContain('docs/sources/twilio.md');
});

test('init keeps what is set, and writes nothing where the person writes nothing', async () => {
  const typed = ['', '', ''];
  const { code, out } = await running(['init'], { ...files, typed, environment: { LINQ_API_V3_API_KEY: LINQ_KEY } });
  expect([code, out]).toEqual([0, expect.stringContaining('LINQ_API_V3_API_KEY is set already')]);
  expect(config()).toBe(CONFIG);
  expect(() => env()).toThrow('ENOENT');
});

test('a route to a chat stands before the others; a file of another shape is left, and the route is shown', async () => {
  await running(['init'], { ...files, typed: ['', '', CHAT] });
  expect(config()).toContain(`routes: [\n    { when: {}, send: { chat: '${CHAT}' } },`);
  writeFileSync(files.configFile, 'export default {};\n');
  const { code, err } = await running(['init'], { ...files, typed: ['', '', CHAT] });
  expect([code, err]).toEqual([1, expect.stringContaining(`send: { chat: '${CHAT}' }`)]);
  expect(config()).toBe('export default {};\n');
});

test('init needs a terminal', async () => {
  expect((await running(['init'], files)).code).toBe(2);
});

test('secrets set without a stage writes into .env', async () => {
  const { code } = await running(['secrets', 'set', 'TWILIO_AUTH_TOKEN'], { ...files, input: TOKEN });
  expect([code, env().TWILIO_AUTH_TOKEN]).toEqual([0, TOKEN]);
  const environment = { TWILIO_AUTH_TOKEN: TOKEN };
  await running(['secrets', 'set', 'TWILIO_AUTH_TOKEN', '--add'], {
    ...files,
    environment,
    input: 'canary-of-the-next-token',
  });
  expect(env().TWILIO_AUTH_TOKEN).toBe(`canary-of-the-next-token ${TOKEN}`);
});

test.each(["it's a # value", '"quoted" text', 'plain', 'two values'])('%s is read back as it was written', (value) => {
  writeFileSync(files.envFile, '# mine\nNAME=old\nOTHER=stays\n');
  setInEnvFile(files.envFile, 'NAME', value);
  expect(env()).toEqual({ NAME: value, OTHER: 'stays' });
  expect(readFileSync(files.envFile, 'utf8')).toContain('# mine');
});

test('the shell comes before the file, and a file that others can read is a warning', () => {
  writeFileSync(files.envFile, 'A=file\nB=file\n', { mode: 0o644 });
  const environment: Record<string, string> = { AFTERCALL_ENV_FILE: files.envFile, A: 'shell' };
  expect(loadEnvFile(environment)).toContain('chmod 600');
  expect(environment).toMatchObject({ A: 'shell', B: 'file' });
  expect(loadEnvFile({ AFTERCALL_ENV_FILE: join(folder, 'none') })).toBeUndefined();
  expect(envFileOf({})).toMatch(/\/\.env$/);
});

test('no output has had a secret in it', () => {
  for (const text of printed) expect(text).not.toContain('canary');
});
