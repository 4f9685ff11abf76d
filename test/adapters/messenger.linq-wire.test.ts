import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { timing } from '../../functions/core/model/timing.ts';
import { accepted, CHAT, KEY, linqError, messengerTo, URL_MEMO } from '../servers/linq.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { selfSigned } from '../servers/self-signed.ts';

let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp(json(202, accepted));
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});

describe('nothing was sent, so it is tried again', () => {
  test('when the connection is refused', async () => {
    const gone = await scriptedHttp();
    await gone.stop();

    const outcome = await messengerTo(gone.origin).sendVoiceMemo(CHAT, URL_MEMO);

    expect(outcome).toMatchObject({ kind: 'not-now', waitsFor: 'linq' });
  });

  test('when nobody knows the name', async () => {
    const outcome = await messengerTo('http://nobody.invalid').sendVoiceMemo(CHAT, URL_MEMO);

    expect(outcome).toMatchObject({ kind: 'not-now', waitsFor: 'linq' });
  });

  test('when the certificate is not to be trusted', async () => {
    const impostor = await scriptedHttp(json(202, accepted), selfSigned);

    const outcome = await messengerTo(`https://localhost:${impostor.port}`).sendVoiceMemo(CHAT, URL_MEMO);

    expect(outcome).toMatchObject({ kind: 'not-now', waitsFor: 'linq' });
    expect(impostor.asked).toEqual([]);
    await impostor.stop();
  });
});

describe('nobody can tell whether it was sent', () => {
  const within = { timing: { ...timing(), postMs: 1000 } };

  test('when the connection is reset after the request', async () => {
    server.answer = (_, response) => response.socket?.resetAndDestroy();

    expect(await messengerTo(server.origin).sendVoiceMemo(CHAT, URL_MEMO)).toMatchObject({ kind: 'unknown' });
    expect(server.asked).toHaveLength(1);
  });

  test('when the connection ends before an answer', async () => {
    server.answer = (_, response) => response.destroy();

    expect(await messengerTo(server.origin).sendVoiceMemo(CHAT, URL_MEMO)).toMatchObject({ kind: 'unknown' });
    expect(server.asked).toHaveLength(1);
  });

  test('when no answer comes in time', async () => {
    server.answer = () => {};

    expect(await messengerTo(server.origin, within).sendVoiceMemo(CHAT, URL_MEMO)).toMatchObject({ kind: 'unknown' });
    expect(server.asked).toHaveLength(1);
  });

  test.each([200, 202, 500, 504])('when the body of a %i stalls', async (status) => {
    server.answer = (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).write('{"voice_memo":');
    };

    expect(await messengerTo(server.origin, within).sendVoiceMemo(CHAT, URL_MEMO)).toMatchObject({ kind: 'unknown' });
    expect(server.asked).toHaveLength(1);
  });

  test('when the body is cut off', async () => {
    server.answer = (_, response) => {
      response.writeHead(202, { 'content-type': 'application/json' });
      response.write('{"voice_memo":', () => response.destroy());
    };

    expect(await messengerTo(server.origin).sendVoiceMemo(CHAT, URL_MEMO)).toMatchObject({ kind: 'unknown' });
  });
});

test('every call has a connection of its own, closed after it', async () => {
  const messenger = messengerTo(server.origin);

  await messenger.sendVoiceMemo(CHAT, URL_MEMO);
  await messenger.sendVoiceMemo(CHAT, URL_MEMO);

  await server.quiet();
  expect(server.connections()).toBe(2);
});

test.each([0.01, 0.0123])('time-outs of any scale will do: %f', async (scale) => {
  const scaled = timing(scale);
  const messenger = messengerTo(server.origin, { timing: { ...scaled, linqConnectMs: 1000 } });

  expect(await messenger.sendVoiceMemo(CHAT, URL_MEMO)).toMatchObject({ kind: 'done' });
});

describe('the key', () => {
  test('is the first of several, as a bearer token', async () => {
    await messengerTo(server.origin, { keys: ['newest', 'older'] }).sendVoiceMemo(CHAT, URL_MEMO);

    expect(server.asked[0]?.headers.authorization).toBe('Bearer newest');
  });

  test('that is absent is our fault, and nothing is asked', async () => {
    const messenger = messengerTo(server.origin, { keys: [] });
    const audio = { key: 'audio/run/m_a.mp3', type: 'audio/mpeg', bytes: 1 };

    const sent = await messenger.sendVoiceMemo(CHAT, URL_MEMO);
    const uploaded = await messenger.upload(audio, () => Promise.reject(new Error('not to be read')));

    expect([sent.kind, uploaded.kind]).toEqual(['our-fault', 'our-fault']);
    expect(server.connections()).toBe(0);
  });

  test('that cannot be read at the moment sends nothing, and is tried again', async () => {
    const messenger = messengerTo(server.origin, { keys: new Error('SSM is away') });

    expect(await messenger.sendVoiceMemo(CHAT, URL_MEMO)).toMatchObject({
      kind: 'our-fault',
      reason: expect.stringContaining('cannot be read'),
    });
    expect(server.connections()).toBe(0);
  });
});

describe('the console', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test.each([
    ['accepted', json(202, accepted)],
    ['refused', json(400, linqError(400, 1004))],
    ['lost', json(500, linqError(500, 3001))],
  ])('never sees the key or the URL of a memo that is %s, even where the SDK is told to speak', async (_, answer) => {
    vi.stubEnv('LINQ_API_V3_LOG', 'debug');
    const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;
    const spies = methods.map((method) => vi.spyOn(console, method).mockImplementation(() => {}));
    server.answer = answer;

    await messengerTo(server.origin).sendVoiceMemo(CHAT, URL_MEMO);

    const said = JSON.stringify(spies.flatMap(({ mock }) => mock.calls));
    expect(said).not.toContain(KEY);
    expect(said).not.toContain('canary-signature');
  });
});
