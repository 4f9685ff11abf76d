import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteRecording } from '../../functions/core/ports/ports.ts';
import { dialpad } from '../../functions/sources/dialpad.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { apiKey, detail, received, source, webhookSecret } from './dialpad-events.ts';

describe('the fetch plan', () => {
  const secrets = { [apiKey.name]: ['new', 'old'] };
  const AUDIO = Buffer.from('the sound of a call');

  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({ 'dialpad.com': ['93.184.215.14'], 'cdn.example': ['151.101.1.6'] });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const download = (url: string, { fetch } = source) => fetchBytes(recordingsWith({ internet, secrets }), url, fetch);
  /** Which hosts were asked, and with which credential, in order. */
  const asked = () => internet.server.asked.map(({ headers }) => [headers.host, headers.authorization]);

  test('shows each API key of a rotation to dialpad.com', async () => {
    internet.server.answer = ({ headers }, response) =>
      headers.authorization === 'Bearer old' ? response.end(AUDIO) : response.writeHead(401).end();
    expect(await download(detail.url)).toEqual({ kind: 'fetched', value: AUDIO });
    expect(asked()).toEqual([
      ['dialpad.com', 'Bearer new'],
      ['dialpad.com', 'Bearer old'],
    ]);
  });

  test('shows no key to a host that was added, nor on a redirect to it', async () => {
    const wider = dialpad({ webhookSecret, apiKey, hosts: ['cdn.example'] });
    internet.server.answer = ({ headers }, response) =>
      headers.host === 'cdn.example'
        ? response.end(AUDIO)
        : response.writeHead(302, { location: 'https://cdn.example/r' }).end();
    expect(await download(detail.url, wider)).toEqual({ kind: 'fetched', value: AUDIO });
    expect(asked()).toEqual([
      ['dialpad.com', 'Bearer new'],
      ['cdn.example', undefined],
    ]);
  });

  test.each(['https://evil.dialpad.com/r.mp3', 'https://dialpad.com.example.net/r.mp3', 'http://dialpad.com/r.mp3'])(
    'goes to dialpad.com over https alone: %s',
    async (url) => {
      expect(await download(url)).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('forbidden') });
      expect(asked()).toEqual([]);
    },
  );

  test.each([
    [404, 'not-yet'],
    [401, 'trouble'],
    [403, 'trouble'],
    [429, 'trouble'],
    [410, 'rejected'],
  ])('takes %d for %s', async (status, kind) => {
    internet.server.answer = (_, response) => response.writeHead(status).end();
    expect(await download(detail.url)).toMatchObject({ kind });
  });

  describe('a recording that the key does not open by itself is fetched by a share link', () => {
    const admin = { source: 'dialpad', id: detail.id, reference: { type: 'admincallrecording' } };
    const link = { id: '7f3', access_link: 'https://dialpad.com/r/5501', type: 'admincallrecording' };
    /** As users report: the recording's own URL leads to the login page, the share link in two steps to the audio. */
    const vendor = (made: { status: number; body: object }, removed = 200): void => {
      internet.server.answer = ({ method, url, headers }, response) => {
        const known = headers.authorization === 'Bearer old';
        if (url.startsWith('/blob/') || !known) return response.writeHead(302, { location: '/login' }).end();
        if (method === 'POST') return response.writeHead(made.status).end(JSON.stringify(made.body));
        if (method === 'DELETE') return response.writeHead(removed).end();
        if (url === '/r/5501') return response.writeHead(302, { location: '/secureblob/x?signature=s' }).end();
        return response.end(AUDIO);
      };
    };
    const warned: string[] = [];
    const take = (media: RemoteRecording['media']) =>
      recordingsWith({
        internet,
        secrets,
        log: { warn: (_message, facts) => warned.push(String(facts?.reason)) },
      }).download({ ...admin, media }, source.fetch, buffer, new AbortController().signal);
    const steps = () =>
      internet.server.asked
        .filter(({ headers }) => headers.authorization === 'Bearer old')
        .map(({ method, url }) => `${method} ${url}`);
    beforeEach(() => warned.splice(0));

    test.each([
      ['that has a URL', { kind: 'url', url: detail.url } as const, ['GET /blob/adminrecording/4e9f314caa2fa80e.mp3']],
      ['whose event had none', { kind: 'ask' } as const, []],
    ])('one %s', async (_title, media, before) => {
      vendor({ status: 200, body: link });

      expect(await take(media)).toEqual({ kind: 'fetched', value: AUDIO });

      expect(steps()).toEqual([
        ...before,
        'POST /api/v2/recordingsharelink',
        'GET /r/5501',
        'GET /secureblob/x?signature=s',
        'DELETE /api/v2/recordingsharelink/7f3',
      ]);
      const posted = internet.server.asked.find(
        ({ method, headers }) => method === 'POST' && headers.authorization === 'Bearer old',
      );
      expect(JSON.parse(String(posted?.body))).toEqual({
        recording_id: detail.id,
        recording_type: 'admincallrecording',
        privacy: 'company',
      });
      expect(warned).toEqual([]);
    });

    test('a voicemail, by its own id and type', async () => {
      vendor({ status: 200, body: link });
      const left = await received({ state: 'voicemail_uploaded', voicemail_recording_id: 'vm1', voicemail_link: null });
      const [voicemail] = left.kind === 'recordings' ? left.recordings : [];
      if (voicemail?.media.kind !== 'ask') throw new Error('a voicemail to ask for');

      const recordings = recordingsWith({ internet, secrets });
      const signal = new AbortController().signal;
      expect(await recordings.download({ ...voicemail, media: voicemail.media }, source.fetch, buffer, signal)).toEqual(
        {
          kind: 'fetched',
          value: AUDIO,
        },
      );
      const posted = internet.server.asked.find(({ method }) => method === 'POST');
      expect(JSON.parse(String(posted?.body))).toMatchObject({ recording_id: 'vm1', recording_type: 'voicemail' });
    });

    test('that the link cannot be deleted costs no memo, and is said', async () => {
      vendor({ status: 200, body: link }, 500);

      expect(await take({ kind: 'ask' })).toEqual({ kind: 'fetched', value: AUDIO });
      expect(warned).toEqual(['the source answered 500']);
    });

    test('where that is refused too, both reasons are said, and what may be the cause', async () => {
      vendor({ status: 403, body: {} });

      expect(await take({ kind: 'url', url: detail.url })).toEqual({
        kind: 'trouble',
        reason: expect.stringMatching(
          /answered 401.*recordings_export.*asked for a fresh URL: the source answered 403/,
        ),
      });
    });

    test('an answer without a link is no audio, and nothing is deleted', async () => {
      vendor({ status: 200, body: { id: '7f3' } });

      expect(await take({ kind: 'ask' })).toMatchObject({ kind: 'not-yet' });
      expect(steps()).toEqual(['POST /api/v2/recordingsharelink']);
    });
  });
});
