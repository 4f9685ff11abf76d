import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anywhere, type Fetching, NOW_MS, recordingAt, recordingsWith } from '../servers/fetching.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp();
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});

const ask = (read: (json: unknown) => unknown = (answer) => answer, fetching: Fetching = {}, path = '/calls/CA1') =>
  recordingsWith({ allowHosts: [`127.0.0.1:${server.port}`], ...fetching }).ask(
    { url: `${server.origin}${path}`, read },
    recordingAt('https://media.vendor.example/r'),
    { ...anywhere, notYet: [404] },
  );

describe("a question to the source's API", () => {
  test('is answered by what is read from its JSON', async () => {
    server.answer = json(200, { from: '+12025550100', to: 'Zoë' });

    expect(await ask()).toEqual({ kind: 'fetched', value: { from: '+12025550100', to: 'Zoë' } });
  });

  test('whose answer does not hold what was asked is rejected', async () => {
    server.answer = json(200, { other: true });

    expect(await ask(() => undefined)).toEqual({ kind: 'rejected', reason: expect.any(String) });
  });

  test('with an answer of a megabyte is read', async () => {
    const text = JSON.stringify('x'.repeat(1_000_000 - 2));
    server.answer = (_, response) => response.end(text);

    expect(await ask((answer) => String(answer).length, { maxBytes: 10_000_000 })).toEqual({
      kind: 'fetched',
      value: 999_998,
    });
  });

  test.each(['with its length said', 'in chunks'])(
    'with an answer of more than a megabyte is refused, %s',
    async (how) => {
      const text = JSON.stringify('x'.repeat(1_000_000 - 1));
      server.answer = (_, response) => {
        if (how === 'in chunks') response.flushHeaders();
        response.end(text);
      };

      expect(await ask(undefined, { maxBytes: 10_000_000 })).toMatchObject({ kind: 'rejected' });
    },
  );

  test.each(['', '<html>', '{"from":', 'nonsense'])('with an answer that is no JSON is trouble: "%s"', async (text) => {
    server.answer = (_, response) => response.end(text);

    expect(await ask()).toEqual({ kind: 'trouble', reason: expect.stringContaining('JSON') });
  });

  test('with an answer that is cut off is trouble', async () => {
    server.answer = (_, response) => void response.write('{"from":', () => response.destroy());

    expect(await ask()).toMatchObject({ kind: 'trouble' });
  });

  test('with an answer that stalls is trouble when its time is up', async () => {
    server.answer = (_, response) => void response.write('{"from":');

    expect(await ask(undefined, { lookUpMs: 100 })).toMatchObject({ kind: 'trouble' });
  });

  test('without an answer is trouble when its time is up', async () => {
    server.answer = () => {};

    expect(await ask(undefined, { lookUpMs: 100 })).toMatchObject({ kind: 'trouble' });
  });

  test.each([
    [401, 'trouble'],
    [404, 'not-yet'],
    [410, 'rejected'],
    [429, 'trouble'],
    [503, 'trouble'],
  ])('that is answered %i is %s', async (status, kind) => {
    server.answer = json(status, {}, { 'retry-after': new Date(NOW_MS + 5000).toUTCString() });

    expect(await ask()).toMatchObject({ kind });
  });

  test('about a private address is not asked', async () => {
    const fetched = await recordingsWith().ask(
      { url: `https://127.0.0.1:${server.port}/`, read: (answer) => answer },
      recordingAt('https://media.vendor.example/r'),
      anywhere,
    );

    expect(fetched.kind).toBe('rejected');
    expect(server.connections()).toBe(0);
  });

  test('whose reader has a fault throws it', async () => {
    const fault = new TypeError('cannot read');
    server.answer = json(200, {});

    await expect(
      ask(() => {
        throw fault;
      }),
    ).rejects.toBe(fault);
  });
});

test('a question that needs credentials is not asked without them, and its recording does not wait', async () => {
  const asked = recordingsWith({ allowHosts: [`127.0.0.1:${server.port}`] }).ask(
    { url: `${server.origin}/calls/CA1`, read: (answer) => answer },
    recordingAt('https://media.vendor.example/r'),
    { ...anywhere, credentials: async () => [], credentialHosts: ['api.vendor.example'] },
  );

  expect(await asked).toMatchObject({ kind: 'rejected' });
  expect(server.asked).toEqual([]);
});
