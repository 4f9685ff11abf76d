import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bandwidth } from '../../functions/sources/bandwidth.ts';
import { basic } from '../../local/senders/bandwidth.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

const credentials = { name: 'BANDWIDTH_WEBHOOK_CREDENTIALS' };
const [clientId, clientSecret] = [{ name: 'BANDWIDTH_CLIENT_ID' }, { name: 'BANDWIDTH_CLIENT_SECRET' }];
const fixtures = loadFixtures('bandwidth');
const { secret: value, request: available } = pick(fixtures, 'available');
const source = bandwidth({ credentials, clientId, clientSecret });
const encoded = Buffer.from(value).toString('base64');

sourceContract({
  source,
  secret: { name: credentials.name, value, another: 'hook-yn5qqa:another-password' },
  fetchSecrets: { [clientId.name]: 'BAND-CLIENT-5f0c2d', [clientSecret.name]: 'b7e3a1d9c5f84260' },
  fixtures,
  needed: /^(eventType|recordingId|mediaUrl)$/,
  good: ['available', 'conference'],
  retries: [['available', 'available-retry']],
  others: [['available', 'another']],
  proofs: [
    headerProof('authorization', {
      forged: [
        encoded,
        value,
        `Bearer ${encoded}`,
        `Basic ${encoded}, Basic ${encoded}`,
        `Basic  ${encoded}`,
        `Basic ${Buffer.from('hook-yn5qqa').toString('base64')}`,
        `Basic ${Buffer.from('hook-yn5qqa:').toString('base64')}`,
      ],
    }),
  ],
  sign: (request) => ({ ...request, headers: basic(value) }),
  oddBodies: ['null', '[]', '{"eventType":"__proto__"}', '{"eventType":{}}', '{"eventType":"recordingAvailable"}'],
});

describe('the recording', () => {
  const received = async (changed: object) => {
    const body = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(available.body).toString()), ...changed }));
    const proof = await source.authenticate({ ...available, body }, { nowMs: 0, read: async () => [value] });
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    return source.classify(proof.event, 'bandwidth');
  };

  test.each([
    ['PT20.056S', 20.056],
    ['PT1M', 60],
    ['PT1H1M1S', 3661],
    ['PT', undefined],
    ['PT-5S', undefined],
    ['20', undefined],
  ])('that lasts %s has %s seconds', async (duration, seconds) => {
    const event = await received({ duration });
    expect(event.kind === 'recordings' && event.recordings[0]?.durationSeconds).toBe(seconds);
  });
});

describe('the audio', () => {
  const url = 'https://voice.bandwidth.com/api/v2/accounts/1/calls/c-1/recordings/r-1/media';
  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({
      'voice.bandwidth.com': ['93.184.215.14'],
      'api.bandwidth.com': ['93.184.215.15'],
      'storage.example.net': ['93.184.215.16'],
    });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const download = (from = url, plan = source.fetch) =>
    recordingsWith({ internet, secrets: { [clientId.name]: ['id'], [clientSecret.name]: ['new', 'old'] } }).download(
      { source: 'bandwidth', id: 'r-1', media: { kind: 'url', url: from } },
      plan,
      buffer,
      new AbortController().signal,
    );
  const shown = () => internet.server.asked.map(({ headers, url }) => [headers.host, url, headers.authorization]);
  const secondPair = basic('id:old').authorization;

  test('is fetched with a token, which the client is exchanged for, each secret of a rotation in turn', async () => {
    internet.server.answer = (asked, response) => {
      if (asked.headers.host === 'voice.bandwidth.com') response.end('ID3');
      else if (asked.headers.authorization === secondPair) json(200, { access_token: 'T' })(asked, response);
      else response.writeHead(401).end();
    };
    expect(await download()).toEqual({ kind: 'fetched', value: Buffer.from('ID3') });
    expect(shown()).toEqual([
      ['api.bandwidth.com', '/api/v1/oauth2/token', basic('id:new').authorization],
      ['api.bandwidth.com', '/api/v1/oauth2/token', secondPair],
      ['voice.bandwidth.com', '/api/v2/accounts/1/calls/c-1/recordings/r-1/media', 'Bearer T'],
    ]);
  });

  test('at another host is rejected, and no token is asked for, until the host is named', async () => {
    const elsewhere = 'https://storage.example.net/1.mp3';
    expect(await download(elsewhere)).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('example.net'),
    });
    expect(shown()).toEqual([]);
    internet.server.answer = (_, response) => response.end('ID3');
    const wider = bandwidth({ credentials, clientId, clientSecret, hosts: ['storage.example.net'] });
    expect(await download(elsewhere, wider.fetch)).toMatchObject({ kind: 'fetched' });
    expect(shown()).toEqual([['storage.example.net', '/1.mp3', undefined]]);
  });

  test('waits where the client is refused', async () => {
    internet.server.answer = (_, response) => response.writeHead(401).end();
    expect(await download()).toMatchObject({ kind: 'trouble' });
  });
});
