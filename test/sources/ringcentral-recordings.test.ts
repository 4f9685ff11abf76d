import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ringcentral } from '../../functions/sources/ringcentral.ts';
import { recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

const options = {
  validationToken: { name: 'RINGCENTRAL_VALIDATION_TOKEN' },
  clientId: { name: 'RINGCENTRAL_CLIENT_ID' },
  clientSecret: { name: 'RINGCENTRAL_CLIENT_SECRET' },
  jwt: { name: 'RINGCENTRAL_JWT' },
};
const app = {
  RINGCENTRAL_CLIENT_ID: 'aBcDeFgHiJkLmNoPqRsTuV',
  RINGCENTRAL_CLIENT_SECRET: 'W1x2Y3z4A5b6C7d8E9f0GhIjKlMnOpQr',
  RINGCENTRAL_JWT: 'eyJraWQiOiI4In0.eyJzdWIiOiI0In0.c2ln',
};
const source = ringcentral(options);
const recording = { source: 'ringcentral', id: 's-7daafc400611dc03', media: { kind: 'ask' as const } };

const media = '/restapi/v1.0/account/400144452008/recording/401547458008/content';
const log = '/restapi/v1.0/account/~/call-log?recordingType=All&telephonySessionId=s-7daafc400611dc03';
const record = {
  id: 'QiO6dYd1YWvGQUA',
  telephonySessionId: 's-7daafc400611dc03',
  duration: 37,
  recording: { id: '401547458008', type: 'Automatic', contentUri: `https://media.ringcentral.com${media}` },
};

let internet: Internet;
beforeEach(async () => {
  internet = await startInternet({
    'platform.ringcentral.com': ['93.184.215.14'],
    'media.ringcentral.com': ['93.184.215.15'],
    'cdn.example.com': ['151.101.1.6'],
  });
});
afterEach(async () => {
  await internet.server.quiet();
  await internet.server.stop();
});

const download = (given: Record<string, string> = app, from = source) => {
  const secrets = Object.fromEntries(Object.entries(given).map(([name, values]) => [name, values.split(' ')]));
  const recordings = recordingsWith({ internet, secrets });
  return recordings.download(recording, from.fetch, buffer, new AbortController().signal);
};
/** RingCentral: a token for the right JWT, the call log, and then the media host's answer from the test. */
const vendor = (records: unknown[], status = 200, location = '', good = app.RINGCENTRAL_JWT) => {
  internet.server.answer = (asked, response) => {
    if (asked.url === '/restapi/oauth/token') {
      const known = new URLSearchParams(asked.body.toString()).get('assertion') === good;
      return json(known ? 200 : 400, known ? { access_token: 'U0pDMTJQMDE' } : {})(asked, response);
    }
    if (asked.url.includes('/call-log')) return json(200, { records })(asked, response);
    if (asked.url === media) return response.writeHead(status, location ? { location } : {}).end('audio');
    return response.end('audio');
  };
};
const shown = () => internet.server.asked.map(({ headers, url }) => [headers.host, url, headers.authorization]);

describe('a recording', () => {
  test('of days ago is looked for from two days before its end, and not in the last 24 hours alone', async () => {
    vendor([record]);
    const at = '2026-07-25T17:20:00.000Z';
    const recordings = recordingsWith({
      internet,
      secrets: Object.fromEntries(Object.entries(app).map(([name, value]) => [name, [value]])),
    });

    const signal = new AbortController().signal;
    const result = await recordings.download({ ...recording, reference: { at } }, source.fetch, buffer, signal);

    expect(result).toMatchObject({ kind: 'fetched' });
    const asked = internet.server.asked.find(({ url }) => url.includes('/call-log'));
    expect(new URL(asked?.url ?? '', 'https://platform.ringcentral.com').searchParams.get('dateFrom')).toBe(
      '2026-07-23T17:20:00.000Z',
    );
  });

  test('is found in the company call log by its session, and fetched from the media host with the same token', async () => {
    vendor([record]);

    expect(await download()).toEqual({ kind: 'fetched', value: Buffer.from('audio') });

    const basic = Buffer.from(`${app.RINGCENTRAL_CLIENT_ID}:${app.RINGCENTRAL_CLIENT_SECRET}`).toString('base64');
    expect(shown()).toEqual([
      ['platform.ringcentral.com', '/restapi/oauth/token', `Basic ${basic}`],
      ['platform.ringcentral.com', log, 'Bearer U0pDMTJQMDE'],
      ['media.ringcentral.com', media, 'Bearer U0pDMTJQMDE'],
    ]);
    const [exchange] = internet.server.asked;
    expect([exchange?.method, exchange?.headers['content-type']]).toEqual([
      'POST',
      'application/x-www-form-urlencoded',
    ]);
    expect(Object.fromEntries(new URLSearchParams(exchange?.body.toString()))).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: app.RINGCENTRAL_JWT,
    });
  });

  test.each([
    ['has nothing', []],
    ['has another session', [{ ...record, telephonySessionId: 's-other' }]],
    ['has the session without a recording', [{ ...record, recording: undefined }]],
    ['has the recording without a URL', [{ ...record, recording: { id: '401547458008' } }]],
    ['has records that are none', [null, 'x', {}]],
  ])('is not ready while the log %s', async (_title, records) => {
    vendor(records);

    expect(await download()).toMatchObject({ kind: 'not-yet' });
    expect(shown().map(([host]) => host)).not.toContain('media.ringcentral.com');
  });

  test('is taken from whichever record of the session has it', async () => {
    vendor([null, { ...record, telephonySessionId: 's-other' }, { ...record, recording: undefined }, record]);

    expect(await download()).toMatchObject({ kind: 'fetched' });
  });

  describe('of a call that was transferred', () => {
    const leg = (id: string, startTime: string, changed: object = {}) => ({
      ...record,
      startTime,
      recording: { id, contentUri: `https://media.ringcentral.com${media.replace('401547458008', id)}` },
      ...changed,
    });
    const later = leg('402', '2026-07-25T17:25:00.000Z');
    const first = leg('401', '2026-07-25T17:20:00.000Z');
    const take = async (records: object[], reference?: Record<string, string>) => {
      internet.server.answer = (asked, response) => {
        if (asked.url === '/restapi/oauth/token') return json(200, { access_token: 'U0pDMTJQMDE' })(asked, response);
        if (asked.url.includes('/call-log')) return json(200, { records })(asked, response);
        return response.end(`audio of ${/recording\/(\d+)/.exec(asked.url)?.[1]}`);
      };
      const secrets = Object.fromEntries(Object.entries(app).map(([name, value]) => [name, [value]]));
      const asked = { ...recording, ...(reference && { reference }) };
      const signal = new AbortController().signal;
      return recordingsWith({ internet, secrets }).download(asked, source.fetch, buffer, signal);
    };

    test('the first leg is the memo of the session, and each other is named, in the order of their beginnings', async () => {
      const at = '2026-07-25T17:30:00.000Z';
      expect(await take([later, first, leg('403', '2026-07-25T17:27:00Z')], { at })).toEqual({
        kind: 'fetched',
        value: Buffer.from('audio of 401'),
        further: ['402', '403'].map((each) => ({
          id: `${recording.id}:${each}`,
          reference: { at, session: recording.id, recording: each },
        })),
      });
    });

    test('a further leg is fetched by its own id, and names nothing further', async () => {
      expect(await take([later, first], { session: recording.id, recording: '402' })).toEqual({
        kind: 'fetched',
        value: Buffer.from('audio of 402'),
      });
      expect(internet.server.asked[1]?.url).toBe(log);
    });

    test('two records of one recording are one, and a leg is known by its URL where it has no id', async () => {
      const { id: _, ...withoutId } = later.recording;
      expect(await take([first, leg('401', first.startTime), { ...later, recording: withoutId }])).toMatchObject({
        further: [{ id: `${recording.id}:402` }],
      });
    });

    test('a leg that is not in the log yet is waited for', async () => {
      expect(await take([first], { session: recording.id, recording: '402' })).toMatchObject({ kind: 'not-yet' });
    });
  });

  test('of a voicemail is asked for at its message store where its URL is refused', async () => {
    const message = '/restapi/v1.0/account/1/extension/2/message-store/3';
    internet.server.answer = (asked, response) => {
      if (asked.url === '/restapi/oauth/token') return json(200, { access_token: 'U0pDMTJQMDE' })(asked, response);
      const attachments = [{ type: 'AudioRecording', uri: `https://platform.ringcentral.com${message}/content/9` }];
      if (asked.url === message) return json(200, { id: 3, attachments })(asked, response);
      return asked.url.endsWith('/content/9') ? response.end('audio') : response.writeHead(404).end();
    };
    const secrets = Object.fromEntries(Object.entries(app).map(([name, value]) => [name, [value]]));
    const url = `https://platform.ringcentral.com${message}/content/3`;
    const voicemail = { ...recording, media: { kind: 'url' as const, url }, reference: { message } };

    const signal = new AbortController().signal;
    expect(await recordingsWith({ internet, secrets }).download(voicemail, source.fetch, buffer, signal)).toEqual({
      kind: 'fetched',
      value: Buffer.from('audio'),
    });
    expect(shown().slice(1)).toEqual(
      ['/content/3', '', '/content/9'].map((path) => [
        'platform.ringcentral.com',
        message + path,
        'Bearer U0pDMTJQMDE',
      ]),
    );
  });

  test.each([
    [404, 'not-yet'],
    [401, 'trouble'],
    [429, 'trouble'],
    [410, 'rejected'],
  ])('that the media host answers %i is %s', async (status, kind) => {
    vendor([record], status);

    expect(await download()).toMatchObject({ kind });
  });

  test('is fetched from no other host, unless the configuration names it; without the token', async () => {
    vendor([record], 302, 'https://cdn.example.com/file');

    expect(await download()).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('cdn.example.com') });
    const wider = ringcentral({ ...options, hosts: ['cdn.example.com'] });
    expect(await download(app, wider)).toMatchObject({ kind: 'fetched' });
    expect(shown().at(-1)).toEqual(['cdn.example.com', '/file', undefined]);
  });

  test.each([
    ['the new one first', 'new.n.n old.o.o'],
    ['the old one first', 'old.o.o new.n.n'],
  ])('is fetched with the JWT that is good during a rotation, %s', async (_title, both) => {
    vendor([record], 200, '', 'new.n.n');

    expect(await download({ ...app, RINGCENTRAL_JWT: both })).toMatchObject({ kind: 'fetched' });
  });

  test('waits where no token is given, and nothing else is asked', async () => {
    vendor([record], 200, '', 'another');

    expect(await download()).toMatchObject({ kind: 'trouble', reason: expect.stringContaining('no token') });
    expect(shown().map(([, url]) => url)).toEqual(['/restapi/oauth/token']);
  });
});

test('the sandbox has a media host of its own, which gets the token', () => {
  const { fetch } = ringcentral({ ...options, server: 'https://platform.devtest.ringcentral.com' });
  for (const hosts of [fetch.hosts, fetch.credentialHosts]) {
    expect(hosts).toEqual(
      expect.arrayContaining(['platform.devtest.ringcentral.com', 'media.devtest.ringcentral.com']),
    );
  }
});
