import { createHmac } from 'node:crypto';
import { handle } from 'hono/aws-lambda';
import { describe, expect, test } from 'vitest';
import type { Receipt, Secrets } from '../../functions/core/ports/ports.ts';
import { signBytes } from '../../local/senders/standard-webhooks.sign.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { memoryLedger } from '../fakes/ledger.memory.ts';
import { type ApiSettings, KEYS, LINQ_SECRET, testApi } from './api.ts';
import { gatewayEvent } from './gateway.ts';
import { linqEvent, MESSAGE, messageData, signed } from './linq-events.ts';
import { NOW_SECONDS } from './receiving.ts';

// Only Linq can send receipts: Standard Webhooks signatures, and nothing else.

const OTHER_SECRET = `whsec_${Buffer.from('another key of 24 bytes!').toString('base64')}`;
const event = linqEvent('message.delivered', messageData('café.mp3'));
const good = signed(event);

const prepare = (settings: Pick<ApiSettings, 'linqSecrets' | 'secrets'> = {}) => {
  const taken: Receipt[] = [];
  const ledger = memoryLedger({ clock: manualClock() });
  const { addReceipt } = ledger;
  ledger.addReceipt = async (receipt) => {
    taken.push(receipt);
    return addReceipt(receipt);
  };
  const bridge = testApi({ ...settings, ledger });
  const post = (request: RequestInit) => bridge.app.request('/linq', { method: 'POST', ...request });
  return { ...bridge, post, taken };
};

const refusal = { error: { code: 'not_authentic', message: expect.any(String) } };
const without = (name: string) =>
  Object.fromEntries(Object.entries(good.headers).filter(([header]) => header !== name));

describe('a signature', () => {
  test('of Linq is taken, and needs no API key', async () => {
    const { post, taken } = prepare();

    expect((await post(good)).status).toBe(200);
    expect(taken).toMatchObject([{ messageId: MESSAGE }]);
  });

  test('may stand among those of other versions and other secrets', async () => {
    const signatures = `v1a,xyz ${signed(event, { secret: OTHER_SECRET }).headers['webhook-signature']} ${good.headers['webhook-signature']}`;
    const { post } = prepare();

    expect((await post({ ...good, headers: { ...good.headers, 'webhook-signature': signatures } })).status).toBe(200);
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without %s is refused', async (name) => {
    for (const headers of [without(name), { ...good.headers, [name]: '' }]) {
      const { post, taken } = prepare();
      const answer = await post({ ...good, headers });
      expect([answer.status, await answer.json(), taken]).toEqual([401, refusal, []]);
    }
  });

  test.each([
    ['webhook-id', 'another'],
    ['webhook-timestamp', String(NOW_SECONDS + 1)],
    ['webhook-timestamp', `${NOW_SECONDS}.0`],
    ['webhook-timestamp', new Date(NOW_SECONDS * 1000).toISOString()],
    ['webhook-timestamp', 'NaN'],
    ['webhook-signature', good.headers['webhook-signature'].slice(0, -1)],
    ['webhook-signature', good.headers['webhook-signature'].replace('v1,', '')],
    ['webhook-signature', good.headers['webhook-signature'].replace('v1,', 'v2,')],
    ['webhook-signature', 'v1,'],
    ['webhook-signature', signed(event, { secret: OTHER_SECRET }).headers['webhook-signature']],
  ])('with %s mangled is refused: %s', async (name, value) => {
    const { post, taken } = prepare();

    const answer = await post({ ...good, headers: { ...good.headers, [name]: value } });
    expect([answer.status, await answer.json(), taken]).toEqual([401, refusal, []]);
  });

  test.each([
    ['one character', good.body.replace('delivered', 'Delivered')],
    ['one space', `${good.body} `],
    ['everything', ''],
  ])('over another body is refused: %s differs', async (_, body) => {
    const { post, taken } = prepare();

    expect((await post({ ...good, body })).status).toBe(401);
    expect(taken).toEqual([]);
  });

  test.each([-300, -299, 0, 299, 300])('%i seconds away from our clock is taken', async (seconds) => {
    expect((await prepare().post(signed(event, { seconds: NOW_SECONDS + seconds }))).status).toBe(200);
  });

  test.each([-301, 301, -86_400, -NOW_SECONDS])('%i seconds away from our clock is stale', async (seconds) => {
    const { post, taken } = prepare();

    expect((await post(signed(event, { seconds: NOW_SECONDS + seconds }))).status).toBe(401);
    expect(taken).toEqual([]);
  });

  test.each(['NaN', `${NOW_SECONDS}.0`, 'now', '1e10'])(
    'over a time that is no number of seconds is refused: %s',
    async (time) => {
      const key = Buffer.from(LINQ_SECRET.replace('whsec_', ''), 'base64');
      const id = good.headers['webhook-id'];
      const signature = createHmac('sha256', key).update(`${id}.${time}.${good.body}`).digest('base64');
      const headers = { ...good.headers, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };

      expect((await prepare().post({ ...good, headers })).status).toBe(401);
    },
  );

  test("of Linq's older scheme alone is refused: X-Webhook-*, a hex HMAC over time and body", async () => {
    const older = {
      'x-webhook-event': 'message.delivered',
      'x-webhook-timestamp': String(NOW_SECONDS),
      'x-webhook-signature': createHmac('sha256', LINQ_SECRET).update(`${NOW_SECONDS}.${good.body}`).digest('hex'),
    };
    const { post, taken } = prepare();

    const answer = await post({ body: good.body, headers: { 'content-type': 'application/json', ...older } });
    expect([answer.status, await answer.json(), taken]).toEqual([401, refusal, []]);
    expect((await post({ ...good, headers: { ...good.headers, ...older } })).status).toBe(200);
  });

  test('is not to be had by the API key', async () => {
    const headers = { authorization: `Bearer ${KEYS[0]}`, 'content-type': 'application/json' };
    expect((await prepare().post({ body: good.body, headers })).status).toBe(401);
  });

  test('is looked at before anything else: what is unsigned and no JSON is not authentic', async () => {
    expect((await prepare().post({ ...good, body: '{' })).status).toBe(401);
  });

  test('over bytes that are no UTF-8 proves them, and they are no JSON', async () => {
    const body = Buffer.from([...Buffer.from('{"event_type":"'), 0xff, ...Buffer.from('"}')]);
    const signature = signBytes(LINQ_SECRET, good.headers['webhook-id'], NOW_SECONDS, body);

    const answer = await prepare().post({ body, headers: { ...good.headers, 'webhook-signature': signature } });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'unreadable' } }]);
  });

  test.each([true, false])('is over the raw bytes behind API Gateway, base64 or not: %s', async (base64) => {
    const { app, taken } = prepare();
    const request = {
      ...good,
      url: 'https://abc.execute-api.us-east-1.amazonaws.com/linq',
      body: Buffer.from(good.body),
    };

    expect((await handle(app)(gatewayEvent(request, base64))).statusCode).toBe(200);
    expect(taken).toHaveLength(1);
  });
});

describe('the secret', () => {
  /** Each `forget` makes the next values readable. */
  const changing = (...values: (readonly string[])[]) => {
    let forgotten = 0;
    const secrets: Secrets = {
      read: async () => values[Math.min(forgotten, values.length - 1)] ?? [],
      forget: () => ++forgotten < values.length,
    };
    return { secrets, forgotten: () => forgotten };
  };

  test.each([
    ['the newer', [LINQ_SECRET, OTHER_SECRET]],
    ['the older', [OTHER_SECRET, LINQ_SECRET]],
  ])('is any of those of a rotation: %s', async (_, linqSecrets) => {
    expect((await prepare({ linqSecrets }).post(good)).status).toBe(200);
  });

  test('that was just rotated is read anew, once, and the event is taken: Linq would not repeat it', async () => {
    const { secrets, forgotten } = changing([OTHER_SECRET], [LINQ_SECRET]);
    const { post, taken } = prepare({ secrets });

    expect((await post(good)).status).toBe(200);
    expect([forgotten(), taken.length]).toEqual([1, 1]);
  });

  test('is read anew for a forged event too, once, which is refused all the same', async () => {
    const { secrets, forgotten } = changing([LINQ_SECRET], [LINQ_SECRET], [LINQ_SECRET]);
    const { post, taken } = prepare({ secrets });

    expect((await post(signed(event, { secret: OTHER_SECRET }))).status).toBe(401);
    expect([forgotten(), taken]).toEqual([1, []]);
  });

  test('is left alone by an event that it proves', async () => {
    const { secrets, forgotten } = changing([LINQ_SECRET], []);

    expect((await prepare({ secrets }).post(good)).status).toBe(200);
    expect(forgotten()).toBe(0);
  });

  test.each([[[]], [['']], [['whsec_']], [['whsec_', '!!!']]])(
    'that is absent or mangled lets in nobody: %j',
    async (linqSecrets) => {
      const { post, taken } = prepare({ linqSecrets });
      const unkeyed = createHmac('sha256', '')
        .update(`${good.headers['webhook-id']}.${NOW_SECONDS}.${good.body}`)
        .digest('base64');
      const headers = { ...good.headers, 'webhook-signature': `v1,${unkeyed}` };

      expect([(await post(good)).status, (await post({ ...good, headers })).status, taken]).toEqual([401, 401, []]);
    },
  );

  test('that cannot be read at the moment is our trouble: 503', async () => {
    const secrets: Secrets = { read: () => Promise.reject(new Error('SSM is away')), forget: () => false };

    const answer = await prepare({ secrets }).post(good);
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5']);
  });
});

describe('a body of more than 256 KiB', () => {
  const large = signed(linqEvent('message.delivered', messageData('x'.repeat(256 * 1024))));

  test('is 413, whoever signed it', async () => {
    const { post, taken } = prepare();

    const answer = await post({ ...large, headers: { ...large.headers, 'content-length': String(large.body.length) } });
    expect([answer.status, await answer.json()]).toMatchObject([413, { error: { code: 'too_large' } }]);
    expect(taken).toEqual([]);
  });

  test('is 413 also where its length is not said', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.body.length; at += 65_536)
          controller.enqueue(Buffer.from(large.body.slice(at, at + 65_536)));
        controller.close();
      },
    });
    const answer = await prepare().post({ ...large, body, duplex: 'half' } as RequestInit); // undici's own field
    expect(answer.status).toBe(413);
  });
});

test.each(['GET', 'PUT', 'DELETE'])('%s /linq is not taken', async (method) => {
  const { call } = prepare();

  expect((await call('/linq', { method })).status).toBe(405);
});
