import { describe, expect, test } from 'vitest';
import { CHAT } from '../fakes/examples.ts';
import { signedIn } from './api.ts';
import { aMemo, ID } from './memo.ts';

describe('a replay', () => {
  test('says first what it would do, then does it and says so', async () => {
    const page = await signedIn({ memos: [aMemo({ state: 'failed' })] });
    const asked = await page.text(`/m/${ID}/replay`);
    expect(asked).toContain('1 would be sent');
    expect(page.resent).toEqual([]);
    const answer = await page.post(`/m/${ID}/replay`, { token: await page.token() });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/m/${ID}?flash=send.1`]);
    expect(page.resent.map(({ message }) => message)).toEqual([{ v: 1, memo: ID, generation: 1 }]);
    expect(await page.text(`/m/${ID}?flash=send.1`)).toContain('1 will be sent.');
  });

  test('of what was sent does nothing, unless by force, which says what that means', async () => {
    const page = await signedIn({ memos: [aMemo()] });
    const asked = await page.text(`/m/${ID}/replay`);
    expect(asked).toContain('1 already delivered');
    expect(asked).not.toContain('method="post" action="/m/');
    const forced = await page.text(`/m/${ID}/replay?force=true`);
    expect(forced).toContain('The person may get it twice');
    expect(forced).toContain('1 would be sent');
    await page.post(`/m/${ID}/replay`, { token: await page.token(), force: 'true' });
    expect(page.resent.map(({ message }) => message)).toEqual([{ v: 1, memo: ID, generation: 2, force: true }]);
  });

  test('of an unrouted memo goes to a chat of one’s choice', async () => {
    const { target: _target, ...unrouted } = aMemo({ state: 'unrouted' });
    const page = await signedIn({ memos: [unrouted] });
    expect(await page.text(`/m/${ID}/replay`)).toContain('1 still without a route');
    expect(await page.text(`/m/${ID}/replay?chat=${CHAT}`)).toContain('1 would be routed now');
    expect((await page.see(`/m/${ID}/replay?chat=nonsense`)).status).toBe(400);
    await page.post(`/m/${ID}/replay`, { token: await page.token(), chat: CHAT });
    expect(page.queued).toMatchObject([{ target: { chat: CHAT }, replay: { memo: ID, generation: 1 } }]);
  });

  test('of many shows which and does exactly those, though others have come meanwhile', async () => {
    const page = await signedIn({
      memos: [aMemo({ state: 'failed' }), aMemo({ id: `m_${'b'.repeat(26)}`, state: 'failed' })],
    });
    const text = await page.text('/replay?state=failed');
    expect(text).toContain('2 would be sent');
    expect(text).toContain('Replay 2 memos');
    const fields = Object.fromEntries(
      [...text.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name ?? '', value ?? '']),
    );
    page.lists.length = 0;
    const answer = await page.post('/replay/confirmed', fields);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/replay?flash=send.2']);
    expect(page.lists).toEqual([{ filter: { state: 'failed', until: fields.until }, limit: 200 }]);
    expect(fields.until).toBe(new Date(page.clock.nowMs() + 1).toISOString());
    expect(page.resent).toHaveLength(2);
    expect(await page.text('/replay?flash=send.2')).toContain('2 will be sent.');
  });

  test.each(['send.x', 'steal.1', 'send.99999', ''])('said of in an address is nothing of ours: %s', async (said) => {
    expect(await (await signedIn()).text(`/replay?flash=${said}`)).not.toContain('class="notice"');
  });
});

describe('an erasure', () => {
  test('says first what goes, then does it', async () => {
    const page = await signedIn({ memos: [aMemo({ linq: { messageId: 'linq-1', attachmentId: 'a' } })] });
    const text = await page.text(`/m/${ID}/erase`);
    for (const said of [
      '1 memo would be erased (1 sent), with 1 object; Linq would be asked to delete 1 copy',
      'What is deleted for good',
      'the audio in S3',
      'the memo’s row',
      'Linq’s copy of the file',
      'What stays',
    ])
      expect(text).toContain(said);
    expect(page.erased).toEqual([]);
    const answer = await page.post(`/m/${ID}/erase`, { token: await page.token() });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/?flash=erased']);
    expect(page.erased).toEqual([ID]);
  });

  test('of what is being sent this moment says why not', async () => {
    const page = await signedIn({ memos: [aMemo({ state: 'sending' })] });
    expect(await page.text(`/m/${ID}/erase`)).toContain(
      'This memo cannot be erased now: the memo is being sent at this moment: try again in a minute.',
    );
    const answer = await page.post(`/m/${ID}/erase`, { token: await page.token() });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('the memo is being sent at this moment');
  });
});
