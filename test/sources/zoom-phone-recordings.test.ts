import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { zoomPhone } from '../../functions/sources/zoom-phone.ts';
import { fetchBytes, recordingsWith } from '../servers/fetching.ts';
import { type Internet, startInternet } from '../servers/internet.ts';
import { json } from '../servers/scripted-http.ts';

const options = {
  secretToken: { name: 'ZOOM_PHONE_SECRET_TOKEN' },
  accountId: { name: 'ZOOM_PHONE_ACCOUNT_ID' },
  clientId: { name: 'ZOOM_PHONE_CLIENT_ID' },
  clientSecret: { name: 'ZOOM_PHONE_CLIENT_SECRET' },
};
const app = {
  ZOOM_PHONE_ACCOUNT_ID: 'aB3dE5fG7hI9jK1lM3nO5p',
  ZOOM_PHONE_CLIENT_ID: 'q1W2e3R4t5Y6u7I8o9P0aA',
  ZOOM_PHONE_CLIENT_SECRET: 'z1X2c3V4b5N6m7L8k9J0hGfDsAqWeRtY',
};
const source = zoomPhone(options);

describe('a download', () => {
  let internet: Internet;
  beforeEach(async () => {
    internet = await startInternet({
      'zoom.us': ['93.184.215.14'],
      'file.zoom.us': ['93.184.215.15'],
      'us02web.zoom.us': ['93.184.215.16'],
      'api-eu.zoom.us': ['93.184.215.17'],
      'acme.zoom.us': ['93.184.215.18'],
      'cdn.example.com': ['151.101.1.6'],
    });
  });
  afterEach(async () => {
    await internet.server.quiet();
    await internet.server.stop();
  });

  const download = (url: string, given: Record<string, string> = app, from = source) => {
    const secrets = Object.fromEntries(Object.entries(given).map(([name, values]) => [name, values.split(' ')]));
    return fetchBytes(recordingsWith({ internet, secrets }), url, from.fetch);
  };
  /** Zoom: a token for the right secret, then a redirect to the file. */
  const zoom = (file: string, secrets = [app.ZOOM_PHONE_CLIENT_SECRET]) => {
    internet.server.answer = (asked, response) => {
      const basics = secrets.map(
        (each) => `Basic ${Buffer.from(`${app.ZOOM_PHONE_CLIENT_ID}:${each}`).toString('base64')}`,
      );
      if (asked.url === '/oauth/token') {
        const known = basics.includes(asked.headers.authorization ?? '');
        return json(known ? 200 : 400, known ? { access_token: 'eyJ.a.b', expires_in: 3599 } : {})(asked, response);
      }
      if (asked.url !== '/v2/phone/recording/download/x') return response.end('audio');
      if (asked.headers.authorization !== 'Bearer eyJ.a.b') return response.writeHead(401).end();
      return response.writeHead(302, { location: file }).end();
    };
  };
  const shown = () => internet.server.asked.map(({ headers, url }) => [headers.host, url, headers.authorization]);
  const at = 'https://zoom.us/v2/phone/recording/download/x';

  test('exchanges the app for a token, which never follows to the file host', async () => {
    zoom('https://file.zoom.us/file?jwt=1');

    expect(await download(at)).toEqual({ kind: 'fetched', value: Buffer.from('audio') });

    const basic = Buffer.from('q1W2e3R4t5Y6u7I8o9P0aA:z1X2c3V4b5N6m7L8k9J0hGfDsAqWeRtY').toString('base64');
    expect(shown()).toEqual([
      ['zoom.us', '/oauth/token', `Basic ${basic}`],
      ['zoom.us', '/v2/phone/recording/download/x', 'Bearer eyJ.a.b'],
      ['file.zoom.us', '/file?jwt=1', undefined],
    ]);
    const [exchange] = internet.server.asked;
    expect([exchange?.method, exchange?.headers['content-type']]).toEqual([
      'POST',
      'application/x-www-form-urlencoded',
    ]);
    expect(exchange?.body.toString()).toBe('grant_type=account_credentials&account_id=aB3dE5fG7hI9jK1lM3nO5p');
  });

  test('goes to no host outside Zoom, unless the configuration names it; without the token', async () => {
    zoom('https://cdn.example.com/file');

    expect(await download(at)).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('cdn.example.com') });
    const wider = zoomPhone({ ...options, hosts: ['cdn.example.com'] });
    expect(await download(at, app, wider)).toMatchObject({ kind: 'fetched' });
    expect(shown().at(-1)).toEqual(['cdn.example.com', '/file', undefined]);
  });

  test.each([
    ['the new one first', 'new old'],
    ['the old one first', 'old new'],
  ])('finds the secret that is good during a rotation, %s', async (_title, both) => {
    zoom('https://file.zoom.us/file', ['new']);

    expect(await download(at, { ...app, ZOOM_PHONE_CLIENT_SECRET: both })).toMatchObject({ kind: 'fetched' });
  });

  test('waits where no token is given, and asks Zoom for no audio', async () => {
    zoom('https://file.zoom.us/file', []);

    expect(await download(at)).toMatchObject({ kind: 'trouble', reason: expect.stringContaining('no token') });
    expect(shown().map(([, url]) => url)).toEqual(['/oauth/token']);
  });

  test('asks for no token where the audio is not at the API of Zoom', async () => {
    internet.server.answer = (_, response) => response.end('audio');

    await download('https://us02web.zoom.us/rec/download/y');

    expect(shown()).toEqual([['us02web.zoom.us', '/rec/download/y', undefined]]);
  });

  test.each([
    ['a region of the API', 'api-eu.zoom.us', source],
    [
      'the vanity host that the configuration names',
      'acme.zoom.us',
      zoomPhone({ ...options, apiHosts: ['acme.zoom.us'] }),
    ],
  ])('has the token at %s', async (_title, host, from) => {
    zoom('https://file.zoom.us/file');

    expect(await download(`https://${host}/v2/phone/recording/download/x`, app, from)).toMatchObject({
      kind: 'fetched',
    });
    expect(shown().slice(1)).toEqual([
      [host, '/v2/phone/recording/download/x', 'Bearer eyJ.a.b'],
      ['file.zoom.us', '/file', undefined],
    ]);
  });

  test.each(['https://acme.zoom.us', 'evil.example', 'zoom.us.evil.example', 'evilzoom.us', ''])(
    'gives no token to a host that is not of Zoom: %j',
    (host) => {
      const { mistakes } = zoomPhone({ ...options, apiHosts: [host] });
      expect(mistakes).toEqual([expect.stringContaining('apiHosts: must be hosts such as acme.zoom.us')]);
    },
  );

  test.each([
    [404, 'not-yet'],
    [401, 'trouble'],
    [403, 'trouble'],
    [410, 'rejected'],
  ])('that is answered %i is %s', async (status, kind) => {
    internet.server.answer = (asked, response) =>
      asked.url === '/oauth/token'
        ? json(200, { access_token: 'eyJ.a.b' })(asked, response)
        : response.writeHead(status).end();

    expect(await download(at)).toMatchObject({ kind });
  });
});
