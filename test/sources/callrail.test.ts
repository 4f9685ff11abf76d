import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { callrail } from '../../functions/sources/callrail.ts';
import { sign } from '../../local/senders/callrail.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';

const signingKey = { name: 'CALLRAIL_SIGNING_KEY' };
const key = '072e77e426f92738a72fe23c4d1953b4';
const fixtures = loadFixtures('callrail');
const source = callrail({ signingKey });
const recording = 'https://app.callrail.com/calls/766970532/recording/redirect?access_key=aaaaccccddddeeee';

const signed = (request: WebhookRequest, by = key): WebhookRequest => ({
  ...request,
  headers: { ...request.headers, signature: sign(by, request.body) },
});
const received = async (body: string, query = '') => {
  const url = `https://hooks.example.com/hooks/callrail${query}`;
  const request = signed({ method: 'POST', url, headers: {}, body: new Uint8Array(Buffer.from(body)) });
  const proof = await source.authenticate(request, { nowMs: 0, read: async () => [key] });
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'callrail');
};
const call = (fields: object) => received(JSON.stringify({ id: 766970532, recording, ...fields }));

sourceContract({
  source,
  secret: { name: signingKey.name, value: key, another: 'e12e0ebed2897013c955261eb286c847' },
  fixtures,
  needed: /^(id|recording)$/,
  good: ['post-call', 'call-modified-named'],
  retries: [
    ['post-call', 'post-call-named'],
    ['post-call', 'call-modified'],
    ['post-call', 'call-modified-named'],
  ],
  others: [
    ['post-call', 'another'],
    ['another', 'another-beside'],
  ],
  proofs: [headerProof('signature', { forged: ['v1,x', `sha1=${'a'.repeat(40)}`, 'undefined', 'null'] })],
  sign: signed,
  oddBodies: [
    'null',
    '[]',
    '""',
    '{"changes":[],"id":{}}',
    '{"recording":[]}',
    '{"recording":"","id":1e400}',
    `{"recording":"${recording}","id":1.5}`,
    `{"recording":"${recording}","id":1,"direction":"__proto__"}`,
  ],
});

test('each of several companies signs with its own key', async () => {
  const { request } = pick(fixtures, 'post-call');
  const keys = ['e12e0ebed2897013c955261eb286c847', key, 'e405df1ceaa5cce11b1e45363be284e4'];
  for (const one of keys) {
    const proof = await source.authenticate(signed(request, one), { nowMs: 0, read: async () => keys });
    expect(proof.kind).toBe('authentic');
  }
});

test('what is forged fails; what is authentic is acknowledged, read or not, or CallRail would switch the webhook off', () => {
  expect(source.statuses).toEqual({ unreadable: 200 });
});

describe('which event it is', () => {
  test('is what ?event= says, among the attributes that CallRail repeats in the query', async () => {
    const body = JSON.stringify({ id: 1, recording, duration: '13' });
    expect(await received(body, '?answered=true&event=pre_call&duration=13')).toMatchObject({ kind: 'ignored' });
    expect(await received(body, '?answered=true&event=post_call&duration=13')).toMatchObject({ kind: 'recordings' });
  });

  test.each(['constructor', '__proto__', ' post_call', 'POST_CALL', ''])(
    'is ignored by the name that ?event= gives it: %j',
    async (event) => {
      const answer = await received(JSON.stringify({ id: 1, recording }), `?event=${encodeURIComponent(event)}`);
      expect(answer).toEqual({ kind: 'ignored', reason: `event ${event}` });
    },
  );
});

describe('an id', () => {
  test.each(['9007199254740993', '12345678901234567890123'])('keeps all its digits: %s', async (id) => {
    const event = await received(`{"id":${id},"recording":"${recording}"}`);
    expect(event).toMatchObject({ recordings: [{ id, callId: id }] });
  });

  test.each(['', 'https://example.com/1', '../1', 'x'.repeat(101), null, {}, ['1']])(
    'that is none is named, not taken: %j',
    async (id) => {
      expect(await call({ id })).toEqual({ kind: 'unreadable', reason: expect.stringContaining('id:') });
    },
  );
});

describe('the duration', () => {
  test.each([
    [{ recording_duration: 8, duration: '13' }, 8],
    [{ recording_duration: '8', duration: '13' }, 8],
    [{ recording_duration: null, duration: '13' }, 13],
    [{ recording_duration: 0, duration: '13' }, 0],
    [{ duration: '' }, undefined],
    [{ duration: '-1' }, undefined],
    [{ duration: 'Infinity' }, undefined],
    [{}, undefined],
  ])('of %j is %s seconds', async (fields, wanted) => {
    const event = await call(fields);
    expect(event.kind === 'recordings' && event.recordings[0]?.durationSeconds).toBe(wanted);
  });
});

test.each([
  [
    { direction: 'inbound', customer_phone_number: '+1', tracking_phone_number: '' },
    { direction: 'inbound', from: '+1' },
  ],
  [
    { direction: 'outbound', customer_phone_number: '+1' },
    { direction: 'outbound', to: '+1' },
  ],
  [{ customer_phone_number: '+1', tracking_phone_number: '+2' }, {}],
])('who called whom is only what the event says: %j', async (fields, parties) => {
  const rest = { source: 'callrail', id: '766970532', callId: '766970532', media: { kind: 'url', url: recording } };
  expect(await call(fields)).toEqual({ kind: 'recordings', recordings: [{ ...rest, ...parties }] });
});

describe('the audio', () => {
  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({
      'app.callrail.com': ['93.184.215.14'],
      'microsite.callreports.com': ['93.184.215.17'],
      'calls.s3.amazonaws.com': ['93.184.215.15'],
      'calls.s3.us-east-1.amazonaws.com': ['93.184.215.16'],
      'media.example.net': ['151.101.1.6'],
    });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });
  const fetchAudio = ({ fetch } = source, url = recording) => fetchBytes(recordingsWith({ internet }), url, fetch);
  const redirectTo = (host: string) => {
    internet.server.answer = ({ headers }, response) => {
      if (headers.host === host) response.end('audio');
      else response.writeHead(302, { location: `https://${host}/766970532.mp3` }).end();
    };
  };
  const asked = () => internet.server.asked.map(({ headers, url }) => [headers.host, url]);

  test.each(['calls.s3.amazonaws.com', 'calls.s3.us-east-1.amazonaws.com'])(
    'is fetched through the redirect, and its access key goes to CallRail alone: %s',
    async (host) => {
      redirectTo(host);

      expect(await fetchAudio()).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
      expect(asked()).toEqual([
        ['app.callrail.com', '/calls/766970532/recording/redirect?access_key=aaaaccccddddeeee'],
        [host, '/766970532.mp3'],
      ]);
    },
  );

  test("is fetched from CallRail's white-label host, which stands in an agency's events", async () => {
    const url = recording.replace('app.callrail.com', 'microsite.callreports.com');
    expect(await call({ recording: url })).toMatchObject({ recordings: [{ media: { kind: 'url', url } }] });
    redirectTo('calls.s3.amazonaws.com');

    expect(await fetchAudio(source, url)).toEqual({ kind: 'fetched', value: Buffer.from('audio') });
    expect(asked()).toEqual([
      ['microsite.callreports.com', '/calls/766970532/recording/redirect?access_key=aaaaccccddddeeee'],
      ['calls.s3.amazonaws.com', '/766970532.mp3'],
    ]);
    expect((await fetchAudio(source, url.replace('microsite.', 'other.'))).kind).toBe('rejected');
  });

  test('is not fetched through a redirect elsewhere, until the configuration names that host', async () => {
    redirectTo('media.example.net');

    const reason = expect.stringContaining('media.example.net');
    expect(await fetchAudio()).toEqual({ kind: 'rejected', reason });
    const wider = callrail({ signingKey, hosts: ['media.example.net'] });
    expect((await fetchAudio(wider)).kind).toBe('fetched');
  });

  test('is not fetched from a host that looks like CallRail', async () => {
    const fetched = await fetchAudio(source, 'https://app.callrail.com.example.net/1');

    expect(fetched.kind).toBe('rejected');
    expect(asked()).toEqual([]);
  });

  test('that is not there yet is asked for again', async () => {
    internet.server.answer = (_, response) => response.writeHead(404).end();

    expect((await fetchAudio()).kind).toBe('not-yet');
  });
});
