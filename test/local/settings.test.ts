import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AftercallError } from '../../functions/core/model/errors.ts';
import { apiKeyOf, deliveryOf, readSettings } from '../../local/settings.ts';

const complaint = (environment: Record<string, string>): string => {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof AftercallError && error.code === 'bad_configuration') return error.message;
    throw error;
  }
  throw new Error('nothing was wrong with it');
};

describe('the settings of a laptop', () => {
  test('need nothing', () => {
    expect(readSettings({})).toEqual({
      PORT: 8787,
      AFTERCALL_DATA: resolve('.aftercall'),
      AFTERCALL_ALLOW_HOSTS: '',
      AFTERCALL_DELIVERY: 'auto',
      AFTERCALL_TIME_SCALE: 1,
    });
  });

  test('take an empty variable for an absent one', () => {
    const names = ['PORT', 'PUBLIC_URL', 'AFTERCALL_API_KEY', 'AFTERCALL_TIME_SCALE', 'LINQ_API_V3_API_KEY'];
    expect(readSettings(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readSettings({}));
  });

  test('name every variable that is wrong, at once, without its value', () => {
    const wrong = {
      PORT: 'eighty',
      PUBLIC_URL: 'hooks.example.com',
      AFTERCALL_API_KEY: 'brief',
      AFTERCALL_ALLOW_HOSTS: 'nowhere',
      AFTERCALL_DELIVERY: 'pigeon',
      AFTERCALL_TIME_SCALE: '0',
      LINQ_API_V3_BASE_URL: 'linq',
    };
    const text = complaint(wrong);
    for (const [name, value] of Object.entries(wrong)) {
      expect(text).toContain(`- ${name}:`);
      if (name === 'AFTERCALL_API_KEY') expect(text).not.toContain(value);
    }
    expect(text).toContain('7 mistakes');
  });

  test.each(['-1', '65536', '80.5', 'x'])('refuse port %s', (PORT) => {
    expect(complaint({ PORT })).toContain('PORT');
  });

  test('take port 0 for any that is free', () => {
    expect(readSettings({ PORT: '0' }).PORT).toBe(0);
  });

  test.each(['localhost:1', '127.0.0.1:8080,localhost:9000', 'a.b:1, [::1]:2'])('take hosts and ports: %s', (hosts) => {
    expect(readSettings({ AFTERCALL_ALLOW_HOSTS: hosts }).AFTERCALL_ALLOW_HOSTS).toBe(hosts);
  });
});

describe('the API key', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftercall-settings-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is the one that is given', () => {
    expect(apiKeyOf(readSettings({ AFTERCALL_API_KEY: 'a-key-of-eight-or-more' }))).toBe('a-key-of-eight-or-more');
    const two = 'the-newer-key-of-this-bridge the-older-key-of-this-bridge';
    expect(apiKeyOf(readSettings({ AFTERCALL_API_KEY: two }))).toBe('the-newer-key-of-this-bridge');
  });

  test.each([
    ['correct horse battery staple a', 'would be read as 5 keys; a key has none'],
    ['          ', 'is nothing but blanks'],
    ['aaaaaaaaaaaaaaaa', 'one character repeated'],
  ])('is refused where it is "%s"', (AFTERCALL_API_KEY, reason) => {
    expect(complaint({ AFTERCALL_API_KEY })).toContain(reason);
    expect(complaint({ AFTERCALL_API_KEY })).not.toContain('correct');
  });

  test('is made up once, hard to guess, and readable by its owner alone', () => {
    const settings = readSettings({ AFTERCALL_DATA: join(folder, 'one') });
    const key = apiKeyOf(settings);
    expect(key).toMatch(/^[\w-]{32}$/);
    expect(apiKeyOf(settings)).toBe(key);
    expect(statSync(join(folder, 'one', 'api-key')).mode & 0o777).toBe(0o600);
    expect(apiKeyOf(readSettings({ AFTERCALL_DATA: join(folder, 'two') }))).not.toBe(key);
  });
});

test.each([
  ['auto', 'http://127.0.0.1:9000', 'url'],
  ['auto', 'http://localhost:9000', 'url'],
  ['auto', 'http://[::1]:9000', 'url'],
  ['auto', 'https://api.linqapp.com', 'attachment'],
  ['auto', 'https://127.0.0.1.example.com', 'attachment'],
  ['auto', undefined, 'attachment'],
  ['url', 'https://api.linqapp.com', 'url'],
  ['attachment', 'http://127.0.0.1:9000', 'attachment'],
])('delivery %s with Linq at %s goes by %s', (AFTERCALL_DELIVERY, linq, way) => {
  expect(deliveryOf(readSettings({ AFTERCALL_DELIVERY }), linq)).toBe(way);
});
