import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteRecording } from '../../functions/core/ports/ports.ts';
import { telnyx } from '../../functions/sources/telnyx.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

const apiKey = { name: 'TELNYX_API_KEY' };
const source = telnyx({ publicKey: { name: 'TELNYX_PUBLIC_KEY' }, apiKey });
const recordingId = '126a784e-6431-4efb-a22e-b445dc5bc2b8';
const resource = `/v2/recordings/${recordingId}`;
const bucket = 'https://s3.eu-central-1.amazonaws.com/telephony-recorder-prod-fr5';
const expired = `${bucket}/x/old.mp3?X-Amz-Expires=600&X-Amz-Signature=old`;
const fresh = `${bucket}/x/new.mp3?X-Amz-Expires=600&X-Amz-Signature=new`;
const recording = (url = expired): RemoteRecording => ({
  source: 'telnyx',
  id: recordingId,
  media: { kind: 'url', url },
  reference: { recording: recordingId },
});

let internet: Internet;
const recordings = (...keys: string[]) => recordingsWith({ internet, secrets: { [apiKey.name]: keys } });
const download = (asked = recording(), ...keys: string[]) =>
  recordings(...keys).download(asked, source.fetch, buffer, new AbortController().signal);
const shown = () => internet.server.asked.map(({ headers, url }) => [headers.host, url, headers.authorization]);
const pathOf = (url: string) => url.replace(/^https:\/\/[^/]+/, '');

beforeEach(async () => {
  internet = await startInternet({
    'api.telnyx.com': ['93.184.215.14'],
    's3.eu-central-1.amazonaws.com': ['93.184.215.15'],
  });
});
afterEach(async () => {
  await internet.server.quiet();
  await internet.server.stop();
});

describe('the audio', () => {
  test('is fetched from its presigned URL, which is never shown the API key', async () => {
    internet.server.answer = (_, response) => response.end('audio');

    expect(await download(recording(), 'KEY1')).toMatchObject({ kind: 'fetched', value: Buffer.from('audio') });
    expect(shown()).toEqual([['s3.eu-central-1.amazonaws.com', pathOf(expired), undefined]]);
  });

  test('behind an expired URL is fetched from the one that the API gives, with the key for the API alone', async () => {
    internet.server.answer = (asked, response) => {
      if (asked.url === resource) json(200, { data: { download_urls: { mp3: fresh } } })(asked, response);
      else if (asked.url === pathOf(fresh)) response.end('audio');
      else response.writeHead(403).end();
    };

    expect(await download(recording(), 'KEY1')).toMatchObject({ kind: 'fetched', value: Buffer.from('audio') });
    expect(shown()).toEqual([
      ['s3.eu-central-1.amazonaws.com', pathOf(expired), undefined],
      ['api.telnyx.com', resource, 'Bearer KEY1'],
      ['s3.eu-central-1.amazonaws.com', pathOf(fresh), undefined],
    ]);
  });

  test('may lie behind a redirect of the API, which the key does not follow', async () => {
    internet.server.answer = ({ headers }, response) => {
      if (headers.host === 'api.telnyx.com') response.writeHead(302, { location: fresh }).end();
      else response.end('audio');
    };

    await download(recording('https://api.telnyx.com/v2/file'), 'KEY1');
    expect(shown()).toEqual([
      ['api.telnyx.com', '/v2/file', 'Bearer KEY1'],
      ['s3.eu-central-1.amazonaws.com', pathOf(fresh), undefined],
    ]);
  });

  test('that is not there yet, in the bucket and in the API, is asked for again later', async () => {
    internet.server.answer = (_, response) => response.writeHead(404).end();

    expect(await download(recording(), 'KEY1')).toMatchObject({ kind: 'not-yet' });
  });

  test('cannot be asked for anew with a key that Telnyx refuses: the next is tried, and then a person may fix it', async () => {
    internet.server.answer = ({ headers }, response) =>
      response.writeHead(headers.host === 'api.telnyx.com' ? 401 : 403).end();

    expect(await download(recording(), 'KEY2', 'KEY1')).toMatchObject({ kind: 'trouble' });
    expect(shown().slice(1)).toEqual([
      ['api.telnyx.com', resource, 'Bearer KEY2'],
      ['api.telnyx.com', resource, 'Bearer KEY1'],
    ]);
  });

  test.each([
    ['s3://our-bucket/1.mp3', 's3 is not https'],
    ['gs://our-bucket/1.mp3', 'gs is not https'],
    ['https://our-bucket.s3.amazonaws.com/1.mp3', 'our-bucket.s3.amazonaws.com is not a host'],
    ['https://s3.amazonaws.com.example.net/1.mp3', 'is not a host'],
    ['https://api.telnyx.com.example.net/1.mp3', 'is not a host'],
  ])('elsewhere is not fetched, and the row says why: %s', async (url, reason) => {
    expect(await download(recording(url), 'KEY1')).toEqual({
      kind: 'rejected',
      reason: expect.stringContaining(reason),
    });
    expect(internet.opened).toEqual([]);
  });

  test('may come from a host that is configured, without the key', () => {
    const wider = telnyx({ publicKey: apiKey, apiKey, hosts: ['our-bucket.s3.amazonaws.com'] });
    expect(wider.fetch.hosts).toContain('our-bucket.s3.amazonaws.com');
    expect(wider.fetch.credentialHosts).toEqual(['api.telnyx.com']);
  });
});

describe('a fresh URL', () => {
  const read = (answer: unknown) => source.fetch.freshUrl?.(recording()).read(answer);

  test.each([
    [{ data: { download_urls: { mp3: fresh } } }, fresh],
    [{ data: { download_urls: { wav: fresh } } }, fresh],
    [{ data: { download_urls: {} } }, undefined],
    [{ data: { download_urls: { mp3: 7 } } }, undefined],
    [{ data: null }, undefined],
    [null, undefined],
    ['text', undefined],
  ])('in %j is %s', (answer, url) => {
    expect(read(answer)).toBe(url);
  });

  test('is asked for one recording, whatever its id holds', () => {
    const odd = { ...recording(), reference: { recording: '../messages?x=' } };
    expect(source.fetch.freshUrl?.(odd).url).toBe('https://api.telnyx.com/v2/recordings/..%2Fmessages%3Fx%3D');
  });
});

describe('who called', () => {
  const ask = async (...keys: string[]) => {
    const question = source.lookUpParties?.(recording());
    if (!question) throw new Error('nothing is asked');
    return recordings(...keys).ask(question, recording(), source.fetch);
  };

  test('is asked of the recording, with the key', async () => {
    internet.server.answer = json(200, { data: { from: '+14155550101', to: '+14155550199', duration_millis: 37500 } });

    const value = { from: '+14155550101', to: '+14155550199' };
    expect(await ask('KEY1')).toEqual({ kind: 'fetched', value });
    expect(shown()).toEqual([['api.telnyx.com', resource, 'Bearer KEY1']]);
  });

  test.each([[null], [{ data: {} }], [{ data: { from: 1, to: 2 } }], [{ from: '+1', to: '+2' }], [{ errors: [] }]])(
    'is not read from %j',
    (answer) => {
      expect(source.lookUpParties?.(recording())?.read(answer)).toBeUndefined();
    },
  );

  test('is not asked where the event names no recording', () => {
    expect(source.lookUpParties?.({ source: 'telnyx', id: 'event', media: { kind: 'ask' } })).toBeUndefined();
  });
});
