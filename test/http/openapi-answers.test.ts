import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { AftercallError, type ErrorCode } from '../../functions/core/model/errors.ts';
import type { Memo } from '../../functions/core/model/memo.ts';
import type { KeyValueStore, Ledger, Receipt } from '../../functions/core/ports/ports.ts';
import { recordTrace } from '../../functions/core/store/record-trace.ts';
import { STATUS } from '../../functions/http/errors.ts';
import { errorsOf, OPERATIONS, type Operation } from '../../functions/http/openapi-operations.ts';
import { refusal } from '../../functions/http/response-schemas.ts';
import { CHAT } from '../fakes/examples.ts';
import { memoryKeyValueStore } from '../fakes/key-value-store.memory.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { KEYS, testApi } from './api.ts';
import { linqEvent, messageData, signed } from './linq-events.ts';
import { deliver, NOW_SECONDS, receiving, standardEvent, TWILIO_TOKEN } from './receiving.ts';
import { receipt, whole } from './whole-rows.ts';

// Real answers, read with the same schemas that the document is made of: each of its operations, each status it names.

const id = whole.id;

type App = { request: (path: string, init?: RequestInit) => Response | Promise<Response> };
const send = (app: App, path: string, method: string, init: RequestInit = {}) =>
  app.request(path, { method, ...init, headers: { authorization: `Bearer ${KEYS[0]}`, ...init.headers } });
const json = (body: unknown): RequestInit => ({ body: JSON.stringify(body) });
const rich = () => testApi({ memos: [whole], receipts: [receipt], objects: [whole.audio.key] }).app;
/** Receipts are written, and a ledger that can only be read cannot store them. */
const open = () => {
  const ledger = { addReceipt: async (given: Receipt) => given, get: async () => undefined };
  return testApi({ ledger: ledger as Pick<Ledger, 'addReceipt' | 'get'> as Ledger }).app; // all that receipts use
};
const erasable = () => {
  const ledger = {
    get: async (wanted: string) => (wanted === id ? whole : undefined),
    list: async () => ({ memos: [whole, { ...whole, state: 'sending' }], next: 'more' }),
    leaveTombstone: async () => true,
    forgetReceipts: async () => {},
  };
  // All that an erasure uses.
  return testApi({ ledger: ledger as Pick<Ledger, 'get' | 'list' | 'leaveTombstone' | 'forgetReceipts'> as Ledger })
    .app;
};
const twilio = loadFixtures('twilio');
const hook = (name: string) => deliver(receiving(), pick(twilio, name).request);
const event = (query = '') => standardEvent({ id: 'rec_1', recording_url: 'https://cdn.example.com/1.mp3' }, query);

/** A GET of Twilio, which signs only the URL. */
const twilioGet = (query: string) => {
  const url = `https://hooks.example.com/hooks/twilio?${query}`;
  const headers = { 'x-twilio-signature': createHmac('sha1', TWILIO_TOKEN).update(url).digest('base64') };
  return { method: 'GET', url, headers, body: new Uint8Array() };
};

/** A refused and an ignored webhook of Twilio, with their payloads. */
const traced = async () => {
  const clock = { nowMs: () => NOW_SECONDS * 1000 };
  const keyValues = memoryKeyValueStore({ clock });
  const at = new Date(clock.nowMs()).toISOString();
  for (const outcome of ['refused', 'ignored'] as const) {
    const trace = { id: outcome, source: 'twilio', outcome, count: 2, at, reason: 'does not match', payload: '{}' };
    await recordTrace(keyValues)({ v: 2, trace });
  }
  return keyValues;
};

const done: [operation: string, status: number, answer: () => Response | Promise<Response>][] = [
  ['receiveEvent', 200, () => hook('completed')],
  ['receiveEvent', 200, () => hook('in-progress')],
  [
    'receiveEvent',
    200,
    () =>
      deliver(
        receiving({ routes: [{ when: { to: '+14155550199' }, send: { chat: CHAT } }] }),
        pick(twilio, 'without-chat').request,
      ),
  ],
  ['receiveEventByGet', 200, () => hook('completed-get')],
  ['receiveReceipt', 200, () => open().request('/linq', signed(linqEvent('message.sent', messageData(`${id}.mp3`))))],
  ['receiveReceipt', 200, () => open().request('/linq', signed(linqEvent('reaction.added', {})))],
  ['listMemos', 200, () => send(rich(), '/memos', 'GET')],
  ['listMemos', 200, () => send(testApi().app, '/memos', 'GET')],
  ['makeMemo', 202, () => send(rich(), '/memos', 'POST', json({ chat: CHAT, audio_url: 'https://a.example/1.mp3' }))],
  ['makeMemo', 202, () => send(rich(), '/memos', 'POST', json({ chat: CHAT, content_type: 'audio/wav', bytes: 9 }))],
  ['getMemo', 200, () => send(rich(), `/memos/${id}`, 'GET')],
  ['getDeadLetter', 200, () => send(rich(), `/memos/${id}/dead-letter`, 'GET')],
  ['eraseMemo', 200, () => send(erasable(), `/memos/${id}`, 'DELETE')],
  ['replayMemo', 200, () => send(rich(), `/memos/${id}/replay?dry_run=true`, 'POST')],
  ['replayMemo', 202, () => send(rich(), `/memos/${id}/replay?force=true`, 'POST')],
  ['replayMemos', 200, () => send(rich(), '/replay?state=sent&dry_run=true', 'POST')],
  ['replayMemos', 202, () => send(rich(), '/replay?state=sent', 'POST')],
  ['eraseMemos', 200, () => send(erasable(), '/erase', 'POST', json({ phone: '+14155550101' }))],
  ['suppress', 200, () => send(rich(), '/suppressions', 'POST', json({ chat: CHAT, reason: 'asked' }))],
  ['findMemos', 200, () => send(rich(), '/memos/find', 'POST', json({ phone: '+14155550101' }))],
  [
    'findMemos',
    200,
    () => send(testApi({ lookedThrough: 2000 }).app, '/memos/find', 'POST', json({ phone: '+14155550101' })),
  ],
  ['showSuppressions', 200, () => send(rich(), '/suppressions/show', 'POST', json({ phone: '+14155550101' }))],
  ['unsuppress', 200, () => send(rich(), '/suppressions/remove', 'POST', json({ chat: CHAT }))],
  ['listSources', 200, async () => send(testApi({ memos: [whole], keyValues: await traced() }).app, '/sources', 'GET')],
  [
    'listSourceEvents',
    200,
    async () => send(testApi({ memos: [whole], keyValues: await traced() }).app, '/sources/twilio/events', 'GET'),
  ],
  [
    'getEventPayload',
    200,
    async () =>
      send(testApi({ keyValues: await traced(), inspects: true }).app, '/sources/twilio/events/refused/payload', 'GET'),
  ],
  ['health', 200, () => rich().request('/health')],
  ['health', 503, () => testApi({ queueIsAway: true }).app.request('/health')],
  ['status', 200, () => send(rich(), '/status', 'GET')],
  ['openapi', 200, () => rich().request('/openapi.json')],
];

const operation = (name: string): Operation => {
  const found = OPERATIONS.find((each) => each.id === name);
  if (!found) throw new Error(`the document has no ${name}`);
  return found;
};

test.each(done)('%s is answered %i as it is written', async (name, status, request) => {
  const answer = await request();
  expect(answer.status).toBe(status);
  const schema = operation(name).answers[status];
  expect(z.prettifyError(schema?.safeParse(await answer.json()).error ?? new z.ZodError([]))).toBe('');
});

test('so is every operation, and every status that it may be answered with', () => {
  const shown = new Set(done.map(([name, status]) => `${name} ${status}`));
  const named = OPERATIONS.flatMap(({ id: name, answers }) =>
    Object.keys(answers).map((status) => `${name} ${status}`),
  );
  expect([...shown].toSorted()).toEqual(named.toSorted());
});

test('a row without any of its optional facts is read too', async () => {
  const { v, generation, attempts, cannotFetch, history, createdAt, updatedAt } = whole;
  const bare: Memo = {
    ...{ v, id, generation, attempts, cannotFetch, history, createdAt, updatedAt },
    state: 'received',
    recording: { source: 'twilio', id: 'RE1', media: { kind: 'ask' } },
  };
  const answer = await send(testApi({ memos: [bare] }).app, `/memos/${id}`, 'GET');
  expect(operation('getMemo').answers[200]?.safeParse(await answer.json()).error).toBeUndefined();
});

describe('an error', () => {
  const away = async (): Promise<never> => {
    throw new Error('connect ECONNREFUSED');
  };
  const nothingAnswers = () => {
    // All that these requests use.
    const ledger = { get: away, list: away, addReceipt: away } as Partial<Ledger> as Ledger;
    const keyValues: KeyValueStore = { read: away, readAll: away, write: away, remove: away, take: away, join: away };
    return testApi({ ledger, keyValues, queueIsAway: true }).app;
  };
  const ofALaterVersion = () => {
    const get = async (): Promise<never> => {
      throw new AftercallError('later_version', 'a later version wrote the row');
    };
    // All that these requests use.
    const ledger = { get, list: async () => ({ memos: [], laterVersions: [id] }) } as Partial<Ledger> as Ledger;
    return testApi({ ledger }).app;
  };
  /** Correct bodies, so that a request is wrong only in the part under test. */
  const bodies: Readonly<Record<string, unknown>> = {
    makeMemo: { chat: CHAT, audio_url: 'https://a.example/1.mp3' },
    eraseMemos: { call: 'CA1' },
    suppress: { chat: CHAT },
    findMemos: { phone: '+14155550101' },
    showSuppressions: { chat: CHAT },
    unsuppress: { chat: CHAT },
  };
  const pathOf = ({ path }: Operation, memo = id) =>
    path.replace(':id', memo).replace(':source', 'twilio').replace(':event', memo);
  const right = (each: Operation): RequestInit => (bodies[each.id] ? json(bodies[each.id]) : {});

  const ofHooks = (each: Operation, code: ErrorCode) => {
    const isGet = each.method === 'get';
    const app = receiving(code === 'unavailable' ? { queue: { send: away } } : {});
    const good = isGet ? pick(twilio, 'completed-get').request : event();
    switch (code) {
      case 'unreadable':
        return deliver(app, isGet ? twilioGet('chat=sales') : event('?chat=sales'));
      case 'too_large':
        return deliver(app, { ...good, body: new Uint8Array(6_000_001) });
      case 'no_such_source':
        return deliver(app, { ...good, url: good.url.replace(/hooks\/[\w-]+/, 'hooks/nobody') });
      case 'not_authentic':
        return deliver(app, { ...good, headers: {} });
      default:
        return deliver(app, good);
    }
  };
  const ofLinq = (code: ErrorCode) => {
    const good = signed(linqEvent('message.sent', messageData(`${id}.mp3`)));
    if (code === 'unavailable') return nothingAnswers().request('/linq', good);
    if (code === 'unreadable') return open().request('/linq', signed('{}'));
    if (code === 'too_large') return open().request('/linq', { ...good, body: 'x'.repeat(256 * 1024 + 1) });
    return open().request('/linq', { ...good, headers: {} });
  };
  const ofTheKey = (each: Operation, code: ErrorCode) => {
    const method = each.method.toUpperCase();
    const query = each.id === 'replayMemos' ? '?state=failed' : '';
    switch (code) {
      case 'unauthorized':
        return rich().request(pathOf(each) + query, { method, ...right(each) });
      case 'unreadable':
        return send(rich(), `${pathOf(each)}?nonsense=1`, method, each.body ? { body: 'no JSON' } : {});
      case 'later_version':
        return send(ofALaterVersion(), pathOf(each), method, right(each));
      case 'idempotency_key_reused': {
        const claimed = new Map();
        claimed.get = () => 'another request';
        const headers = { 'Idempotency-Key': 'call 42' };
        return send(testApi({ claims: claimed }).app, pathOf(each), method, { ...right(each), headers });
      }
      case 'not_found':
        return send(rich(), pathOf(each).replace('twilio', 'nobody'), method);
      case 'no_such_memo':
        return send(rich(), pathOf(each, `m_${'b'.repeat(26)}`), method);
      case 'too_large':
        return send(rich(), pathOf(each), method, { body: ' '.repeat(65 * 1024) });
      default:
        return send(nothingAnswers(), pathOf(each) + query, method, right(each));
    }
  };
  const each = OPERATIONS.flatMap((one) => errorsOf(one).map((code) => [one.id, code, one] as const));

  test.each(each)('of %s may be %s, and is as it is written', async (_, code, one) => {
    const answer = await (one.opens === 'source'
      ? ofHooks(one, code)
      : one.opens === 'linq'
        ? ofLinq(code)
        : ofTheKey(one, code));
    const body = refusal.safeParse(await answer.json());
    expect([answer.status, body.data?.error.code, body.error]).toEqual([STATUS[code], code, undefined]);
    expect(answer.headers.has('Retry-After')).toBe(code === 'unavailable');
  });
});
