import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchPace } from '../../functions/adapters/recordings.pace.ts';
import type { OnSlow } from '../../functions/core/ports/ports.ts';
import { anywhere, type Fetching, MAX_BYTES, recordingAt, recordingsWith } from '../servers/fetching.ts';
import { type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

// The pace is measured in intervals. These tests move that clock by hand, so no test depends on the machine's speed.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a download', () => {
  const LIMITS = {
    ...{ connectMs: 1e6, headersMs: 1e6, idleMs: 1e6, totalMs: 1e6, resumeAfterMs: 1 },
    ...{ paceMs: 60_000, minBytesPerSecond: 4000, slowAfterMs: 2000, slowBytesPerSecond: 64_000 },
  };
  /** A download from a source that sends `bytesPerSecond`, watched for `seconds`. */
  const watched = async (
    bytesPerSecond: number,
    seconds: number,
    options: { ours?: boolean; onSlow?: OnSlow } = {},
  ) => {
    let bytes = 0;
    const onSlow = vi.fn<OnSlow>(options.onSlow ?? (async () => undefined));
    const pace = watchPace(LIMITS, onSlow, false);
    pace.watch({ seenBytes: () => bytes, isOurs: () => options.ours ?? false });
    for (let second = 0; second < seconds; second += 1) {
      bytes += bytesPerSecond;
      await vi.advanceTimersByTimeAsync(1000);
    }
    const { wasSlow } = await pace.end();
    return { ended: pace.signal.reason as Error | undefined, notified: onSlow.mock.calls.length, wasSlow };
  };

  test('below the least rate is given up after the time that the rate is measured over', async () => {
    expect(await watched(3999, 58)).toMatchObject({ ended: undefined });
    expect(await watched(3999, 62)).toMatchObject({
      ended: { name: 'TooSlow', message: 'the source sends less than 4000 bytes a second' },
    });
  });

  test('above the least rate is waited for, many times as long, and is reported as slow once', async () => {
    expect(await watched(4000, 300)).toEqual({ ended: undefined, notified: 1, wasSlow: true });
  });

  test('that is quick is reported to nobody', async () => {
    expect(await watched(64_000, 300)).toEqual({ ended: undefined, notified: 0, wasSlow: false });
  });

  test('that waits for our own side is not slow', async () => {
    expect(await watched(0, 300, { ours: true })).toEqual({ ended: undefined, notified: 0, wasSlow: false });
  });

  test('that is slow gives way where its report says so', async () => {
    expect(await watched(1, 3, { onSlow: async () => 'others wait' })).toMatchObject({
      ended: { name: 'GaveWay', message: 'others wait' },
    });
  });

  test('whose report fails ends with that error', async () => {
    const away = new Error('the ledger is away');
    expect(await watched(1, 3, { onSlow: () => Promise.reject(away) })).toMatchObject({ ended: away });
  });
});

describe('over HTTP, the pace', () => {
  const never = new AbortController().signal;
  let server: ScriptedHttp;
  beforeEach(async () => {
    server = await scriptedHttp();
  });
  afterEach(async () => {
    await server.quiet();
    await server.stop();
  });

  const recordings = (download: NonNullable<Fetching['download']>) =>
    recordingsWith({ allowHosts: [`127.0.0.1:${server.port}`], download });
  const ALWAYS_SLOW = { slowAfterMs: 30, paceMs: 100, minBytesPerSecond: 1e9, slowBytesPerSecond: 1e9 };
  type Into = (body: Readable) => Promise<string>;
  const fetchInto = (from: ReturnType<typeof recordings>, into: Into, onSlow: OnSlow) =>
    from.download(recordingAt(`${server.origin}/r.wav`), anywhere, into, never, { onSlow });

  const halfASecond = () => vi.advanceTimersByTimeAsync(500);

  test('is not the source’s fault where our own side has not taken the bytes yet', async () => {
    let answer: ServerResponse | undefined;
    server.answer = (_, response) => {
      answer = response;
      response.write(Buffer.alloc(MAX_BYTES));
    };
    const onSlow = vi.fn<OnSlow>();
    const late: Into = async (body) => {
      await once(body, 'readable');
      await halfASecond();
      answer?.end();
      return text(body);
    };

    expect(await fetchInto(recordings(ALWAYS_SLOW), late, onSlow)).toMatchObject({ kind: 'fetched' });
    expect(onSlow).not.toHaveBeenCalled();
  });

  test('is not the source’s fault where our own side has all bytes and is not done', async () => {
    server.answer = (_, response) => response.end(Buffer.alloc(MAX_BYTES));
    const onSlow = vi.fn<OnSlow>();
    const long: Into = async (body) => {
      const all = await text(body);
      await halfASecond();
      return all;
    };

    expect(await fetchInto(recordings(ALWAYS_SLOW), long, onSlow)).toMatchObject({ kind: 'fetched' });
    expect(onSlow).not.toHaveBeenCalled();
  });

  test('of a host that was slow is measured sooner, until a download from there is quick', async () => {
    let answer: ServerResponse | undefined;
    server.answer = (_, response) => {
      answer = response;
      response.writeHead(200).flushHeaders();
    };
    const from = recordings({ slowAfterMs: 300 });
    const onSlow = vi.fn<OnSlow>(async () => undefined);
    const downloadLasting = (ms: number) =>
      fetchInto(
        from,
        async (body) => {
          await vi.advanceTimersByTimeAsync(ms);
          answer?.end('RIFF');
          return text(body);
        },
        onSlow,
      );

    await downloadLasting(250);
    expect(onSlow).not.toHaveBeenCalled();
    await downloadLasting(350);
    expect(onSlow).toHaveBeenCalledTimes(1);
    await downloadLasting(250);
    expect(onSlow).toHaveBeenCalledTimes(2);
    await downloadLasting(0);
    await downloadLasting(250);
    expect(onSlow).toHaveBeenCalledTimes(2);
  });

  test('gives way, and the receiver sees an error', async () => {
    server.answer = (_, response) => void response.write('RI');
    let seen: unknown;
    const into: Into = async (body) => {
      const all = text(body).catch((error: unknown) => error);
      await halfASecond();
      seen = await all;
      throw seen;
    };

    const fetched = await fetchInto(recordings({ slowAfterMs: 300 }), into, async () => 'others wait');

    expect(fetched).toEqual({ kind: 'gave-way', reason: 'others wait' });
    expect(seen).toBeInstanceOf(Error);
  });

  test('gives way although not even the headers have come', async () => {
    server.answer = () => void halfASecond();

    const fetched = await fetchInto(recordings({ slowAfterMs: 300 }), text, async () => 'others wait');

    expect(fetched).toEqual({ kind: 'gave-way', reason: 'others wait' });
  });

  test('that cannot be reported is trouble of our own', async () => {
    server.answer = () => void halfASecond();
    const away = new Error('the ledger is away');

    await expect(fetchInto(recordings({ slowAfterMs: 300 }), text, () => Promise.reject(away))).rejects.toBe(away);
  });
});
