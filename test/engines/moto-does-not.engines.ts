import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { dynamodbKeyValueStore } from '../../functions/adapters/key-value-store.dynamodb.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { REGION, TABLE } from '../../local/cloud/resources.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { startAudioStore } from '../servers/s3.ts';
import { motoEngines } from './moto-engines.ts';

// What moto does not check, so that a test against moto proves nothing about it. A test asserts each line: when a line
// is no longer true, the test fails and the line must go.

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
  {
    what: 'it lets two conditional writes through at once, so test/engines/gateway.ts hands it one at a time',
    covered: 'test/adapters/key-value-store.test.ts and ledger.dynamodb.test.ts, over dynalite',
    async holds() {
      const moto = await motoEngines(inject('motoServer'), inject('resources')).straight();
      const client = new DynamoDBClient({ endpoint: moto.url, region: REGION, credentials: LOCAL_CREDENTIALS });
      const keyValues = dynamodbKeyValueStore(DynamoDBDocumentClient.from(client), {
        table: TABLE,
        clock: manualClock(),
      });
      let tooMany = false;
      for (let tries = 0; tries < 100 && !tooMany; tries += 1) {
        const joins = Array.from({ length: 12 }, (_, n) => keyValues.join(`day#${tries}`, `m${n}`, 5, 60_000));
        tooMany = (await Promise.all(joins)).filter(Boolean).length > 5;
      }
      client.destroy();
      await moto.stop();
      return tooMany;
    },
  },
];

test.each(differences.map(({ what, covered, holds }) => [`moto: ${what}; shown by ${covered}`, holds] as const))(
  '%s',
  async (_, holds) => {
    expect(await holds()).toBe(true);
  },
);
