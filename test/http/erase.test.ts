import { describe, expect, test } from 'vitest';
import type { Memo } from '../../functions/core/model/memo.ts';
import type { Ledger } from '../../functions/core/ports/ports.ts';
import { testApi } from './api.ts';

const id = `m_${'a'.repeat(26)}`;
const at = '2026-07-25T17:20:00.000Z';
const memo: Memo = {
  v: 1,
  id,
  state: 'sending', // an erasure leaves a memo in this state as it is, so these routes need few methods
  generation: 0,
  attempts: 1,
  recording: { source: 'twilio', id: 'RE1', media: { kind: 'ask' } },
  cannotFetch: 0,
  history: [{ at, state: 'received' }],
  createdAt: at,
  updatedAt: at,
};
const PHONE = '+12025550147';
const post = (bridge: ReturnType<typeof testApi>, body: unknown, query = '') =>
  bridge.call(`/erase${query}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

const LEFT = {
  counts: {},
  erased: [],
  objects: 0,
  linq_copies: 0,
  left: [{ memo: id, reason: 'the memo is being sent at this moment: try again in a minute' }],
};

describe('DELETE /memos/:id', () => {
  test.each([
    ['', false, '1 memo is left'],
    ['?dry_run=false', false, '1 memo is left'],
    ['?dry_run=true', true, '1 memo would be left'],
  ])('says what it did, or would do: %s', async (query, dry_run, says) => {
    const answer = await testApi({ memos: [memo] }).call(`/memos/${id}${query}`, { method: 'DELETE' });
    expect(answer.status).toBe(200);
    const queued = { messages: 3 + 5, until: expect.stringMatching(/^\d{4}-.*Z$/) };
    expect(await answer.json()).toEqual({ dry_run, says, ...LEFT, queued });
  });

  test('of no memo is 404, and a wrong flag is named and erases nothing', async () => {
    const bridge = testApi({ memos: [memo] });
    expect((await bridge.call(`/memos/m_${'b'.repeat(26)}`, { method: 'DELETE' })).status).toBe(404);
    const answer = await bridge.call(`/memos/${id}?dry_run=perhaps`, { method: 'DELETE' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('dry_run') } });
    expect(bridge.removed).toEqual([]);
  });
});

describe('POST /erase', () => {
  const noted = (bridge: ReturnType<typeof testApi>) => bridge.keyValues.read(NOTE);
  // SHA-256 of ["phone","12025550147"]: printf '["phone","12025550147"]' | sha256sum
  const NOTE = 'erased#d16862fb52ba701215808dc3eb0292a69f7f0a2349a503759ed6bec5d2d0f357';

  test('lists what is to be erased only when the lists show every row of the time before', async () => {
    const order: string[] = [];
    const ledger = {
      list: async () => {
        order.push('list');
        return { memos: [] };
      },
    } as Partial<Ledger> as Ledger; // this request uses no other method
    const bridge = testApi({
      ledger,
      untilListed: async () => void order.push((await noted(bridge)) ? 'waits, after the note' : 'waits too early'),
    });
    await post(bridge, { phone: PHONE });
    expect(order).toEqual(['waits, after the note', 'list']);
    await post(bridge, { phone: PHONE }, '?dry_run=true');
    expect(order.slice(2)).toEqual(['list']);
  });

  test('takes a number as people write it, notes it first, and gives the cursor of the next page', async () => {
    const bridge = testApi({ memos: [memo], next: 'cursor-2' });
    const answer = await post(bridge, { phone: '+1 (202) 555-0147' });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({ ...LEFT, dry_run: false, next: 'cursor-2' }),
    ]);
    expect(await noted(bridge)).toBeDefined();
    await post(bridge, { phone: PHONE, next: 'cursor-2' });
    expect(bridge.lists.map(({ filter, next }) => ({ filter, next }))).toEqual([
      { filter: { phone: PHONE }, next: undefined },
      { filter: { phone: PHONE }, next: 'cursor-2' },
    ]);
  });

  test('on a dry run notes nothing: what is queued is not dropped for it', async () => {
    const bridge = testApi({ memos: [memo] });
    const answer = await post(bridge, { phone: PHONE }, '?dry_run=true');
    expect(await answer.json()).toMatchObject({ dry_run: true, says: '1 memo would be left' });
    expect(await noted(bridge)).toBeUndefined();
  });

  test.each([
    ['no JSON', 'Ann', ''],
    ['nobody', {}, ''],
    ['two things', { phone: PHONE, call: 'c' }, ''],
    ['a flag that is none', { phone: PHONE }, '?dry_run=1'],
    ['a stray flag', { phone: PHONE }, '?force=true'],
  ])('of %s is refused, and notes nothing', async (_, body, query) => {
    const bridge = testApi({ memos: [memo] });
    expect((await post(bridge, body, query)).status).toBe(400);
    expect([await noted(bridge), bridge.lists]).toEqual([undefined, []]);
  });
});
