import { expect, test } from 'vitest';
import type { WebhookTrace } from '../../functions/core/model/traces.ts';
import { recordTrace } from '../../functions/core/store/record-trace.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { aMemo, ID, looking } from './looking.ts';

const NOON = '2026-03-04T12:00:00.000Z';
const refused = { source: 'twilio', outcome: 'refused', reason: 'x-twilio-signature does not match' } as const;

/** A signed-in reader five minutes after noon, and these traces. */
const prepare = async (...traces: Partial<WebhookTrace['trace']>[]) => {
  const clock = manualClock(NOON);
  clock.advance(5 * 60_000);
  const page = looking({ memos: [aMemo({ createdAt: '2026-03-04T05:06:07.000Z' })], clock });
  for (const [index, over] of traces.entries())
    await recordTrace(page.keyValues)({ v: 2, trace: { id: `t${index}`, count: 1, at: NOON, ...refused, ...over } });
  await page.signIn();
  return page;
};

test('a source whose webhooks are refused says so first in the list, with the reason', async () => {
  const page = await prepare(
    { source: 'telnyx', count: 14 },
    { source: 'twilio', outcome: 'ignored', reason: 'call.started' },
  );
  const text = await page.text('/');
  expect(text).toMatch(/14 refused since <time[^>]*>12:00 UTC<\/time>: the signature does not match/);
  expect(text.indexOf('/s/telnyx')).toBeLessThan(text.indexOf('/s/twilio'));
  expect(text).toContain('1 ignored today');
  expect(text).not.toContain('without a webhook yet');
});

test('one click on it names the likely causes, the secret and the URL', async () => {
  const text = await (await prepare({ count: 14 })).text('/s/twilio');
  expect(text).toContain('<h1 id="title">twilio</h1>');
  expect(text).toMatch(/14 refused since .*: the signature does not match/);
  for (const said of ['Likely causes', 'set TWILIO_AUTH_TOKEN', 'another URL than PUBLIC_URL'])
    expect(text).toContain(said);
  expect(text).toContain(ID);
});

test('a source from which nothing has come names the URL that the vendor needs', async () => {
  const page = looking();
  await page.signIn();
  const text = await page.text('/s/twilio');
  expect(text).toContain('Nothing has come from this source yet.');
  expect(text).toContain('posts to https://calls.example.com/hooks/twilio.');
  expect(await (await prepare()).text('/s/twilio')).not.toContain('Nothing has come');
});

test('what was refused before the last memo is no trouble any more', async () => {
  const page = await prepare({ count: 2, at: '2026-03-04T04:00:00.000Z' });
  expect(await page.text('/')).not.toContain('class="trouble"');
  expect(await page.text('/s/twilio')).toContain('Later webhooks were accepted.');
});

test('a trace names its last reason without a number, and as text', async () => {
  const page = await prepare({ reason: 'no chat of +14155550101 <script>alert(1)</script>' });
  const text = await page.text('/s/twilio');
  expect(text).toContain('&lt;script&gt;');
  expect(text.replaceAll(/\D/g, '')).not.toContain('4155550101');
});

test('a source that the configuration does not have is a page that says so', async () => {
  const answer = await (await prepare()).see('/s/nothing');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8']);
});

test('the live part of a source comes alone', async () => {
  const page = await prepare({});
  expect(await page.text('/s/twilio?fragment=1')).toMatch(/^<section id="source"/);
});
