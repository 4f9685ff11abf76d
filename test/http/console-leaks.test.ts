import { describe, expect, test } from 'vitest';
import type { Memo } from '../../functions/core/model/memo.ts';
import { signedIn } from './api.ts';
import { aMemo, ID } from './memo.ts';

const at = '2026-03-04T05:06:07.000Z';
/** Every page that shows data of a memo. */
const PAGES = [
  '/',
  '/?fragment=1',
  `/?q=${ID}`,
  `/m/${ID}`,
  `/m/${ID}?fragment=1`,
  `/m/${ID}/replay`,
  `/m/${ID}/replay?force=true`,
  `/m/${ID}/erase`,
  '/replay?state=failed',
];

describe('nothing leaks:', () => {
  const canaries: Memo = aMemo({
    state: 'failed',
    reason: 'no chat between +14155550199 and 14155550101, nor (415) 555-0101 as +1 (415) 555-0101',
    token: 'token-of-this-attempt',
    recording: {
      source: 'twilio',
      id: 'RE-14155550101',
      callId: 'call-of-+14155550101',
      from: '+14155550101',
      to: 'sip:14155550199@pbx.example',
      media: { kind: 'url', url: 'https://media.example/RE1.mp3?X-Amz-Signature=canary' },
      reference: { account: 'AC-canary' },
    },
    target: { line: '+14155550199', handle: '+14155550101', create: 'first-message-canary' },
    deadLetter: '{"url":"https://media.example/dead-letter-canary"}',
    uploaded: 'upload-canary',
    fitting: { done: 'converted', reason: 'a call of +14155550101', ms: 1 },
    linq: { messageId: 'linq-1', attachmentId: 'attachment-canary' },
    history: [{ at, state: 'failed', reason: 'refused +14155550101', code: '404/2001', traceId: 'trace-1' }],
  });
  const receipts = [{ messageId: 'linq-1', failed: at, reason: 'not to +14155550101' }];

  test.each(PAGES)('%s holds no whole number, no address and no secret', async (path) => {
    const page = await signedIn({ memos: [canaries], receipts });
    const answer = await page.see(path);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain(ID);
    expect(text.replaceAll(/\D/g, '')).not.toMatch(/4155550101|4155550199/);
    expect(text).not.toMatch(/\(415\)|555-0101|canary|media\.example|token-of-this|Signature|the-first-key/);
  });

  test('numbers are told apart by their ends', async () => {
    const text = await (await signedIn({ memos: [canaries] })).text('/');
    expect(text).toContain('+1 ••• ••• 0101');
    expect(text).toContain('•••99@pbx.example');
  });

  test.each(['+14155550101', ' +1 (415) 555-0101'])(
    'a number in an address, %s, is neither looked for nor said back',
    async (q) => {
      const page = await signedIn({ memos: [canaries] });
      const text = await page.text(`/?q=${encodeURIComponent(q)}`);
      expect(text).toContain('A URL must hold no telephone number');
      expect(text.replaceAll(/\D/g, '')).not.toContain('4155550101');
      expect(page.lists.filter(({ filter }) => filter.callId)).toEqual([]);
    },
  );
});

describe('whatever a row holds is text:', () => {
  const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'';
  const hostile = aMemo({
    state: 'failed',
    reason: evil,
    recording: {
      source: evil,
      id: evil,
      callId: evil,
      from: evil,
      to: evil,
      direction: 'inbound',
      media: { kind: 'ask' },
    },
    chat: evil,
    original: { type: evil, codec: evil, bytes: 1 },
    fitting: { done: 'converted', reason: evil, notes: [evil], ms: 1 },
    linq: { messageId: evil },
    history: [{ at, state: 'failed', reason: evil, code: evil, traceId: evil, messageId: evil }],
  });

  test.each(PAGES)('%s', async (path) => {
    const page = await signedIn({ memos: [hostile], receipts: [{ messageId: evil, failed: at, reason: evil }] });
    const text = await page.text(path);
    expect(text).toContain(ID);
    expect(text).not.toMatch(/<script>|<img|">&lt;|=">/);
  });

  test.each(['/?q=', '/?source=', '/sign-in?to=', '/?flash=', '/replay?flash='])(
    'and what an address says: %s',
    async (path) => {
      const text = await (await signedIn()).text(path + encodeURIComponent(evil));
      expect(text).not.toMatch(/<script>|<img/);
    },
  );
});
