import { describe, expect, test } from 'vitest';
import { scriptedSource } from '../fakes/source.scripted.ts';
import { receiving } from './receiving.ts';

const MiB = 1024 * 1024;

/** A body that comes in pieces, without a declared length. */
const streamed = (bytes: number) => {
  let left = bytes;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = Math.min(left, 64 * 1024);
      if (size === 0) return controller.close();
      left -= size;
      controller.enqueue(new Uint8Array(size));
    },
  });
};

const post = async (init: RequestInit & { duplex?: 'half' }) =>
  receiving().app.request(new Request('https://hooks.example.com/hooks/twilio', { method: 'POST', ...init }));

describe('413 for a body over 1 MiB', () => {
  test.each([
    ['whose length is declared', { body: new Uint8Array(MiB + 1), headers: { 'content-length': String(MiB + 1) } }],
    ['whose length is not declared', { body: streamed(MiB + 1), duplex: 'half' as const }],
  ])('%s', async (_title, init) => {
    const answer = await post(init);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toEqual({ error: { code: 'too_large', message: expect.stringContaining('1048576') } });
  });

  test.each([
    ['declared', { body: new Uint8Array(MiB), headers: { 'content-length': String(MiB) } }],
    ['not declared', { body: streamed(MiB), duplex: 'half' as const }],
  ])('but not for one of exactly 1 MiB, its length %s: that is refused for its signature', async (_title, init) => {
    expect((await post(init)).status).toBe(401);
  });
});

describe('a source whose events hold audio', () => {
  const sources = {
    roomy: scriptedSource(
      { kind: 'ignored', reason: 'a test' },
      { largeBody: { maxBytes: 2 * MiB, instead: 'subscribe to the other event' } },
    ),
  };
  const send = (bytes: number) =>
    receiving({ sources }).app.request(
      new Request('https://hooks.example.com/hooks/roomy', {
        method: 'POST',
        headers: { 'x-signature': 'right' },
        body: new Uint8Array(bytes),
      }),
    );

  test('may send more than 1 MiB', async () => {
    expect((await send(2 * MiB)).status).toBe(200);
  });

  test('is told what to do instead of still more', async () => {
    const answer = await send(2 * MiB + 1);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({
      error: { message: expect.stringContaining('subscribe to the other event') },
    });
  });

  test('and nobody may send what no Lambda request can carry', async () => {
    expect((await send(6_000_001)).status).toBe(413);
  });
});
