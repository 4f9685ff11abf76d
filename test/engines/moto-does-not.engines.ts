import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAudioStore } from '../servers/s3.ts';

// What moto does not check, so that a test against moto proves nothing about it. A test asserts each line: when a line
// is no longer true, the test fails and the line must go. That moto lets two conditional writes through at once is not
// here: a race may not show. gateway.ts hands moto one request at a time.

let s3: Awaited<ReturnType<typeof startAudioStore>>;
beforeAll(async () => {
  s3 = await startAudioStore();
  await s3.store.put(audio.key, Buffer.from('0123456789'), 10);
});
afterAll(() => s3.stop());
const audio = { key: 'audio/run/m_a.mp3', type: 'audio/mpeg', bytes: 10 };
const get = () => s3.store.presignGet(audio, 300_000);
const withParameter = (url: string, parameter: string, value: string) => {
  const other = new URL(url);
  other.searchParams.set(parameter, value);
  return other;
};

interface Difference {
  what: string;
  /** Where the promise is tested instead. */
  covered: string;
  holds(): Promise<boolean>;
}
const presigned = 'test/adapters/audio-store.s3-presigned.test.ts';
const differences: Difference[] = [
  {
    what: 'it does not check the signature of a presigned URL',
    covered: presigned,
    holds: async () => (await fetch(withParameter(await get(), 'X-Amz-Signature', 'f'.repeat(64)))).ok,
  },
  {
    what: 'it does not let a presigned URL expire',
    covered: presigned,
    holds: async () => (await fetch(withParameter(await get(), 'X-Amz-Date', '20200101T000000Z'))).ok,
  },
  {
    what: 'it takes a URL that was signed for GET for any method',
    covered: presigned,
    holds: async () => (await fetch(await get(), { method: 'PUT', body: 'other' })).ok,
  },
  {
    what: 'it takes other bytes than a PUT URL was signed for',
    covered: presigned,
    holds: async () => {
      const url = await s3.store.presignPut('inbox/u', 'audio/wav', 4, 300_000);
      return (await fetch(url, { method: 'PUT', body: 'longer', headers: { 'content-type': 'audio/wav' } })).ok;
    },
  },
];

test.each(differences.map(({ what, covered, holds }) => [`moto: ${what}; shown by ${covered}`, holds] as const))(
  '%s',
  async (_, holds) => {
    expect(await holds()).toBe(true);
  },
);
