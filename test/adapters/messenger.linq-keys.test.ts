import { Readable } from 'node:stream';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ssmSecrets } from '../../functions/adapters/secrets.ssm.ts';
import { ourFaultDelayMs, timing } from '../../functions/core/model/timing.ts';
import type { Secrets } from '../../functions/core/ports/ports.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { accepted, CHAT, linqError, listed, messengerTo, NOW_MS, URL_MEMO } from '../servers/linq.ts';
import { type Answer, json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

let server: ScriptedHttp;
beforeEach(async () => {
  server = await scriptedHttp();
});
afterEach(async () => {
  await server.quiet();
  await server.stop();
});

const refused = json(401, linqError(401, 2004));

/** A Linq that accepts these keys and refuses all others. */
const linqThatKnows = (keys: readonly string[], answer: Answer = json(202, accepted)) => {
  server.answer = (asked, response) => {
    const known = keys.some((key) => asked.headers.authorization === `Bearer ${key}`);
    (known ? answer : refused)(asked, response);
  };
};
const keysTried = () => server.asked.map(({ headers }) => headers.authorization?.replace('Bearer ', ''));

/** Secrets that return one set of values until a value is refused; each `forget` moves on to the next set, if any. */
const rotating = (...values: (readonly string[])[]) => {
  let at = 0;
  let reads = 0;
  const secrets: Secrets = {
    async read() {
      reads += 1;
      return values[at] ?? [];
    },
    forget() {
      if (at + 1 >= values.length) return false;
      at += 1;
      return true;
    },
  };
  return { secrets, reads: () => reads };
};
const send = (secrets: Secrets) => messengerTo(server.origin, { secrets }).sendVoiceMemo(CHAT, URL_MEMO);

describe('a key that Linq refuses', () => {
  test('is followed by the next value, and the memo is posted once with the one that is good', async () => {
    linqThatKnows(['older']);

    expect(await send(rotating(['newest', 'older', 'oldest']).secrets)).toMatchObject({ kind: 'done', code: '202' });
    expect(keysTried()).toEqual(['newest', 'older']);
  });

  test('is followed by the next value also where what it is asked for is an upload or a list', async () => {
    const storage = await scriptedHttp();
    const slot = { attachment_id: 'att-1', upload_url: storage.origin, required_headers: {} };
    linqThatKnows(['older'], json(200, slot));
    const messenger = messengerTo(server.origin, { keys: ['newest', 'older'] });
    const audio = { key: 'audio/run/m_a.mp3', type: 'audio/mpeg', bytes: 4 };

    const uploaded = await messenger.upload(audio, async () => Readable.from([Buffer.from('mp3!')]));
    expect(uploaded).toMatchObject({ kind: 'uploaded', attachmentId: 'att-1' });
    expect(storage.asked.map(({ body }) => String(body))).toEqual(['mp3!']);
    await storage.stop();

    linqThatKnows(['older'], json(200, { messages: [], next_cursor: null }));
    expect(await messenger.listSent(CHAT, NOW_MS)).toEqual({ kind: 'listed', messages: [] });
    expect(keysTried()).toEqual(['newest', 'older', 'newest', 'older']);
  });

  test('in the middle of a list is followed by the whole list with the next value', async () => {
    const at = new Date(NOW_MS).toISOString();
    server.answer = (asked, response) => {
      const later = asked.url.includes('cursor');
      if (later && asked.headers.authorization === 'Bearer newest') return refused(asked, response);
      json(200, { messages: [listed(later ? 'two' : 'one', at)], next_cursor: later ? null : 'on' })(asked, response);
    };

    const answer = await messengerTo(server.origin, { keys: ['newest', 'older'] }).listSent(CHAT, NOW_MS);

    expect(answer.kind === 'listed' && answer.messages.map(({ id }) => id)).toEqual(['one', 'two']);
    expect(keysTried()).toEqual(['newest', 'newest', 'older', 'older']);
  });

  test('like all the others, is read anew, and what is new is tried: a rotation needs no restart', async () => {
    linqThatKnows(['brand-new']);

    const { secrets, reads } = rotating(['newest', 'older'], ['brand-new', 'newest']);
    expect(await send(secrets)).toMatchObject({ kind: 'done' });
    expect(keysTried()).toEqual(['newest', 'older', 'brand-new']);
    expect(reads()).toBe(2);
  });

  test('and is still the only one when it is read anew is our fault, and is tried once', async () => {
    linqThatKnows([]);

    const outcome = await send(rotating(['only'], ['only']).secrets);
    expect(outcome).toEqual({ kind: 'our-fault', reason: expect.any(String), code: '401/2004' });
    expect(keysTried()).toEqual(['only']);
  });

  test('and was read just now is our fault: it is not read anew', async () => {
    linqThatKnows([]);

    const { secrets, reads } = rotating(['newest', 'older']);
    expect(await send(secrets)).toMatchObject({ kind: 'our-fault', code: '401/2004' });
    expect(keysTried()).toEqual(['newest', 'older']);
    expect(reads()).toBe(1);
  });

  test('is read anew once, and not for ever, however often that may bring others', async () => {
    linqThatKnows([]);
    let reads = 0;
    const secrets: Secrets = { read: async () => [`key-${++reads}`], forget: () => true };

    expect(await send(secrets)).toMatchObject({ kind: 'our-fault', code: '401/2004' });
    expect(keysTried()).toEqual(['key-1', 'key-2']);
  });

  test('is our fault also where the refusal is a page of HTML', async () => {
    server.answer = (_, response) => response.writeHead(401, { 'content-type': 'text/html' }).end('<html></html>');

    expect(await send(rotating(['newest', 'older']).secrets)).toMatchObject({ kind: 'our-fault', code: '401' });
    expect(keysTried()).toEqual(['newest', 'older']);
  });

  test('and cannot be read anew at the moment is tried again later: nothing was sent', async () => {
    linqThatKnows([]);
    let reads = 0;
    const secrets: Secrets = {
      read: async () => (++reads === 1 ? ['only'] : Promise.reject(new Error('SSM is away'))),
      forget: () => true,
    };

    expect(await send(secrets)).toMatchObject({ kind: 'our-fault' });
    expect(keysTried()).toEqual(['only']);
  });
});

describe('while every key is refused', () => {
  const key = { name: 'LINQ_API_V3_API_KEY' };
  /** A bridge with one waiting memo in each of many chats, and SSM behind its cache. */
  const waiting = () => {
    const clock = manualClock();
    let inSsm = ['the-revoked-key'];
    const ssm = { asked: 0 };
    const client = {
      send: async () => {
        ssm.asked += 1;
        return { Parameters: [{ Value: inSsm.join(' ') }] };
      },
    } as unknown as SSMClient; // the client is only asked for parameters
    const secrets = ssmSecrets(client, { prefix: '/aftercall/prod/', clock });
    const messenger = messengerTo(server.origin, { secrets, clock });
    return {
      clock,
      ssm,
      secrets,
      send: () => messenger.sendVoiceMemo(CHAT, URL_MEMO),
      replaceWith: (value: string) => {
        inSsm = [value];
      },
    };
  };

  test('Linq is asked no more than every five seconds, however many memos come by', async () => {
    linqThatKnows([]);
    const { clock, send } = waiting();
    for (let second = 0; second < 60; second += 1) {
      for (let memo = 0; memo < 5; memo += 1)
        expect(await send()).toMatchObject({ kind: 'our-fault', code: '401/2004' });
      clock.advance(1000);
    }
    expect(server.asked.length).toBeLessThanOrEqual(13);
  });

  test.each([
    [
      'is replaced in SSM',
      (w: ReturnType<typeof waiting>) => {
        linqThatKnows(['the-new-key']);
        w.replaceWith('the-new-key');
      },
    ],
    ['is made good at Linq', () => linqThatKnows(['the-revoked-key'])],
  ])('a memo goes within a minute after the key %s, whenever that is', async (_, repair) => {
    for (const repairedAfterMs of [1, 4000, 6000, 20_000, 39_000, 49_000, 59_000]) {
      linqThatKnows([]);
      const w = waiting();
      const { clock, secrets, send } = w;
      await secrets.read(key); // cached for a minute, as in a warm function
      clock.advance(3000);
      const beganMs = clock.nowMs();
      let repairedMs = Number.POSITIVE_INFINITY;
      for (;;) {
        const outcome = await send();
        if (outcome.kind === 'done') break;
        expect(outcome.kind).toBe('our-fault');
        const nextMs = clock.nowMs() + ourFaultDelayMs(timing(), () => 1);
        // Meanwhile the function also handles other memos.
        for (let otherMs = clock.nowMs() + 4500; otherMs < nextMs; otherMs += 4500) {
          clock.advance(otherMs - clock.nowMs());
          if (repairedMs === Number.POSITIVE_INFINITY && clock.nowMs() >= beganMs + repairedAfterMs) {
            repairedMs = clock.nowMs();
            repair(w);
          }
          await send();
        }
        clock.advance(nextMs - clock.nowMs());
      }
      expect(clock.nowMs() - repairedMs).toBeLessThanOrEqual(60_000);
    }
  });
});

test('a key that is absent, as far as we know, is read anew', async () => {
  linqThatKnows(['brand-new']);

  expect(await send(rotating([], ['brand-new']).secrets)).toMatchObject({ kind: 'done' });
  expect(await send(rotating([], []).secrets)).toMatchObject({ kind: 'our-fault' });
  expect(keysTried()).toEqual(['brand-new']);
});

describe('the next value is not tried, and nothing is posted twice,', () => {
  const errors = [
    ...['400/1004', '402/9999', '403/2005', '403/2011', '404/2001', '408/9999', '409/2009', '413/5001', '422/1003'],
    ...['429/1007', '500/2004', '500/3001', '500/5002', '503/4004'],
  ].map((error): [string, Answer] => {
    const [status = 0, code = 0] = error.split('/').map(Number);
    return [`after ${error}`, json(status, linqError(status, code))];
  });

  test.each<[string, Answer]>([
    ...errors,
    ['after it was done', json(202, accepted)],
    ['after a 2xx without an id', json(202, {})],
    ['after a reset', (_, response) => response.socket?.resetAndDestroy()],
    ['after a redirect', (_, response) => response.writeHead(307, { location: '/elsewhere' }).end()],
  ])('%s', async (_, answer) => {
    server.answer = answer;

    const { secrets, reads } = rotating(['newest', 'older'], ['brand-new']);
    await send(secrets);
    expect(keysTried()).toEqual(['newest']);
    expect(reads()).toBe(1);
  });

  test('after the time was up', async () => {
    server.answer = () => {};

    const messenger = messengerTo(server.origin, { keys: ['newest', 'older'], timing: { postMs: 1000 } });
    expect(await messenger.sendVoiceMemo(CHAT, URL_MEMO)).toMatchObject({ kind: 'unknown' });
    expect(keysTried()).toEqual(['newest']);
  });
});

test('the time limit is one for all the tries together', async () => {
  server.answer = (asked, response) => {
    setTimeout(() => refused(asked, response), 50);
  };
  const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);

  const outcome = await messengerTo(server.origin, { keys, timing: { postMs: 300 } }).sendVoiceMemo(CHAT, URL_MEMO);

  expect(outcome.kind).not.toBe('our-fault'); // `our-fault` would mean that every key was refused
  expect(server.asked.length).toBeLessThanOrEqual(6);
});
