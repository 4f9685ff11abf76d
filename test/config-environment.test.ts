import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../functions/config.ts';
import { AftercallError } from '../functions/core/model/errors.ts';

const complaint = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof AftercallError && error.code === 'bad_configuration') return error.message;
    throw error;
  }
  throw new Error('nothing was wrong with it');
};

describe('readEnvironment', () => {
  test('names every variable that is missing or wrong, at once', () => {
    const environment = {
      RECORDINGS_QUEUE_URL: 'recordings',
      BUCKET: '',
      SECRETS_PREFIX: 'aftercall',
      AFTERCALL_DELIVERY: 'pigeon',
      AFTERCALL_ALLOW_HOSTS: 'localhost:80,elsewhere',
      AFTERCALL_TIME_SCALE: 'slow',
      PUBLIC_URL: 'ftp://example.com',
    };
    const names = [...keys(environment), 'MEMOS_QUEUE_URL', 'TABLE'] as const;
    const text = complaint(() => readEnvironment(environment, names));
    for (const name of names) expect(text).toContain(`- ${name}:`);
    for (const name of ['BUCKET', 'MEMOS_QUEUE_URL', 'TABLE']) expect(text).toContain(`${name}: is missing`);
    expect(text).toContain('9 mistakes');
  });

  test('asks for nothing that its function does not read', () => {
    expect(readEnvironment({}, ['SECRETS_PREFIX'])).toEqual({ SECRETS_PREFIX: undefined });
  });

  test('knows what is meant where nothing is said', () => {
    const read = readEnvironment({ AFTERCALL_TIME_SCALE: '' }, [
      'AFTERCALL_DELIVERY',
      'AFTERCALL_ALLOW_HOSTS',
      'AFTERCALL_TIME_SCALE',
    ]);
    expect(read).toEqual({ AFTERCALL_DELIVERY: 'url', AFTERCALL_ALLOW_HOSTS: [], AFTERCALL_TIME_SCALE: 1 });
  });

  test.each([
    ['https://hooks.example.com/', 'https://hooks.example.com'],
    ['https://example.org/phone/v1//', 'https://example.org/phone/v1'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
  ])('takes the slashes off the end of PUBLIC_URL: %s', (given, read) => {
    expect(readEnvironment({ PUBLIC_URL: given }, ['PUBLIC_URL'])).toEqual({ PUBLIC_URL: read });
  });

  test.each(['https://example.com/?a=1', 'https://example.com/#top'])(
    'refuses a PUBLIC_URL that no path can follow: %s',
    (given) => {
      expect(complaint(() => readEnvironment({ PUBLIC_URL: given }, ['PUBLIC_URL']))).toContain('PUBLIC_URL');
    },
  );

  test('reads hosts and ports, IPv6 too', () => {
    const environment = { AFTERCALL_ALLOW_HOSTS: ' localhost:8080, 127.0.0.1:1 ,[::1]:65535,' };
    expect(readEnvironment(environment, ['AFTERCALL_ALLOW_HOSTS']).AFTERCALL_ALLOW_HOSTS).toEqual([
      'localhost:8080',
      '127.0.0.1:1',
      '[::1]:65535',
    ]);
  });

  test.each(['0', '-1', 'Infinity', '1s', '1001'])('refuses a time scale of %s', (scale) => {
    expect(complaint(() => readEnvironment({ AFTERCALL_TIME_SCALE: scale }, ['AFTERCALL_TIME_SCALE']))).toContain(
      'AFTERCALL_TIME_SCALE',
    );
  });

  test('does not repeat a value that is wrong: it may be a secret in the wrong place', () => {
    const environment = { PUBLIC_URL: 'whsec_secret', AFTERCALL_TIME_SCALE: 'whsec_secret', BUCKET: 'b' };
    expect(complaint(() => readEnvironment(environment, ['PUBLIC_URL', 'AFTERCALL_TIME_SCALE']))).not.toContain(
      'whsec_',
    );
  });
});

// A cast: a literal has only the keys of its type, but TypeScript types `Object.keys` as string[].
const keys = <T extends object>(object: T) => Object.keys(object) as (keyof T)[];
