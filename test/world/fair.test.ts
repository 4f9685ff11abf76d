import { randomUUID } from 'node:crypto';
import type http from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { signEvent } from '../../local/senders/zoom-phone.sign.ts';
import { deliver } from '../../local/senders/zoom-phone.ts';
import * as bombs from '../audio/bombs.ts';
import { readCall } from '../audio/fitting.ts';
import completed from '../fixtures/zoom-phone/completed.json' with { type: 'json' };
import { type MediaHost, mediaHost, standardWebhook, startWorld, until, type World, wav } from '../world.ts';
import { recordOutput } from './record-output.ts';

// No recording holds up another, and the bridge waits for a slow host. The times are a deployed bridge's, unscaled.

/** Six slow hosts, one host that sends small files with long sound, and one host for a good call. */
let hosts: MediaHost[];
let world: World;
let stopDrips = () => {};

beforeAll(async () => {
  recordOutput();
  hosts = await Promise.all(Array.from({ length: 8 }, mediaHost));
  const { secrets } = deliver({ hookUrl: '', recordingUrl: '', nowSeconds: 0, id: '' });
  world = await startWorld({
    ...secrets,
    AFTERCALL_TIME_SCALE: '1',
    AFTERCALL_ALLOW_HOSTS: hosts.map(({ url }) => new URL(url).host).join(','),
  });
});
afterEach(() => stopDrips());
afterAll(async () => {
  await world.stop(); // waits for the work in hand: the probes of the bombs
  await Promise.all(hosts.map((host) => host.stop()));
  vi.restoreAllMocks();
}, 240_000);

const host = (number: number): MediaHost => {
  const found = hosts[number];
  if (!found) throw new Error(`there is no host ${number}`);
  return found;
};
/** Announces a recording at a URL; returns the id of its memo. */
const announce = async (url: string, chat: string = randomUUID()): Promise<string> => {
  const recording = { id: `rec_${randomUUID()}`, recording_url: url };
  const signed = standardWebhook(world.secrets.standardWebhooks, recording);
  const { status, body } = await world.post(`/hooks/standard-webhooks?chat=${chat}`, signed);
  expect(status).toBe(200);
  return String((body.memos as string[])[0]); // a cast: a webhook with one recording for one chat
};
/** The seconds from the webhook to Linq's answer. */
const secondsToArrive = async (url: string): Promise<number> => {
  const begun = performance.now();
  await world.reaches(await announce(url), 'sent');
  return (performance.now() - begun) / 1000;
};

/** Serves a file at this many bytes a second, in pieces of a tenth of a second. */
const atPace = (file: Uint8Array, bytesPerSecond: number): http.RequestListener => {
  const piece = Math.ceil(bytesPerSecond / 10);
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': file.length });
    const begun = performance.now();
    let at = 0;
    const drip = setInterval(() => {
      // Computed from the clock: on a busy machine the timer is late, but the host must not become slower.
      const due = Math.ceil((performance.now() - begun) / 100) * piece;
      if (due > at) response.write(file.subarray(at, due));
      at = Math.max(at, due);
      if (at >= file.length) response.end();
    }, 100);
    response.on('close', () => clearInterval(drip));
  };
};

/** A signed event of Zoom with this many recordings. */
const eventOf = (count: number) => {
  const event = JSON.parse(completed.body);
  const [recording] = event.payload.object.recordings;
  const { callee_number, caller_number, direction } = recording; // more fields would exceed a webhook
  event.payload.object.recordings = Array.from({ length: count }, (_, n) => ({
    ...{ callee_number, caller_number, direction },
    id: `zoom${n}`,
    download_url: `${host(6).url}/zoom/${n}`,
  }));
  const nowSeconds = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({ ...event, event_ts: nowSeconds * 1000 });
  return {
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-zm-request-timestamp': String(nowSeconds),
      'x-zm-signature': signEvent(completed.secret, nowSeconds, body),
    },
  };
};

test('a short call arrives within ten seconds beside six hosts that drip, five bombs and an event of 3,000 recordings', {
  timeout: 300_000,
}, async () => {
  // The time of a call that has the machine to itself: the limits below grow with that time on a busy machine.
  const call = () => host(7).serve(readCall('mulaw-8k-mono.wav'));
  const alone = await secondsToArrive(call());

  const dripping = new AbortController();
  stopDrips = () => dripping.abort();
  const large = wav(600);
  const drips = await Promise.all(
    [0, 1, 2, 3, 4, 5].map((number) => {
      const slowly = atPace(large, 6000); // above the rate at which the bridge ends a download after a minute
      return announce(
        host(number).serve((request, response) => {
          if (dripping.signal.aborted) return response.destroy();
          dripping.signal.addEventListener('abort', () => response.destroy());
          slowly(request, response);
        }),
      );
    }),
  );
  const made = [
    bombs.flacOfSilence(5.9),
    bombs.matroskaHoursApart(5.8, 40), // with less than a kilobyte it would look like a file that has only begun
    bombs.oggOpusHoursApart(5.8),
    bombs.oggOpusOfTinyPackets(2_600_000, 2.5),
    bombs.mp4OfHugeTable(500_000, { constant: false }),
  ];
  const bombed = await Promise.all(made.map((bytes) => announce(host(6).serve(bytes))));
  const event = await world.post('/hooks/zoom-phone', eventOf(3000));
  // Zoom gets 200 for an unreadable event; otherwise Zoom would send the event again.
  expect(event).toMatchObject({ status: 200, body: { error: { message: expect.stringContaining('100 recordings') } } });

  const seconds = await secondsToArrive(call());

  expect(seconds).toBeLessThan(10 + 5 * alone);
  const slow = await Promise.all(drips.map((id) => world.memo(id)));
  expect(slow.map(({ state }) => state)).toEqual(drips.map(() => 'received'));
  // Each row says why it waits.
  await until(
    async () => (await Promise.all(drips.map((id) => world.memo(id)))).every(({ reason }) => reason) || undefined,
  );
  const reasons = (await Promise.all(drips.map((id) => world.memo(id)))).map(({ reason }) => reason);
  expect(reasons).toEqual(drips.map(() => expect.stringMatching(/^the source is slow/)));
  const [flac = '', matroska = ''] = bombed;
  for (const id of [flac, matroska]) {
    const { reason } = await world.reaches(id, 'rejected');
    expect(reason).toMatch(/^no call: 5\.[0-9] hours of sound in \d+ bytes$/);
  }
});

test('1.2 MB at 12 kB/s arrives', { timeout: 300_000 }, async () => {
  const file = wav(75);
  expect(file.length).toBeGreaterThan(1_200_000);
  const chat = randomUUID();
  const id = await announce(host(7).serve(atPace(file, 12_000)), chat);
  const fetching = await until(async () => (await world.memo(id)).reason, 60_000);
  expect(fetching).toMatch(/^the source is slow/);
  await until(async () => (await world.memo(id)).state === 'sent' || undefined, 240_000);
  const [memo] = world.linq.sent.filter((sent) => sent.chat === chat);
  expect(memo?.bytes.equals(file)).toBe(true);
});

test('a host that breaks off again and again, and takes ranges, gives each byte once', {
  timeout: 120_000,
}, async () => {
  const file = wav(60);
  const PIECE = 200_000;
  let served = 0;
  const url = host(7).serve((request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start ? 206 : 200, {
      etag: '"one"',
      'content-length': file.length - start,
      ...(start && { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
    });
    const end = Math.min(file.length, start + PIECE);
    served += end - start;
    response.write(file.subarray(start, end), () => setTimeout(() => response.destroy(), 1500));
  });
  const chat = randomUUID();
  await world.reaches(await announce(url, chat), 'sent');
  const [memo] = world.linq.sent.filter((sent) => sent.chat === chat);
  expect(memo?.bytes.equals(file)).toBe(true);
  expect(served).toBe(file.length);
});
