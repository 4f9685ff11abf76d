import { expect, test } from 'vitest';
import type { WebhookTrace } from '../../functions/core/model/traces.ts';
import { recordTrace } from '../../functions/core/store/record-trace.ts';
import { manualClock } from '../fakes/clock.manual.ts';
import { signedIn, testApi } from './api.ts';
import { aMemo, ID } from './memo.ts';

const NOON = '2026-03-04T12:00:00.000Z';
const refused = { source: 'twilio', outcome: 'refused', reason: 'x-twilio-signature does not match' } as const;

/** A signed-in reader five minutes after noon, and these traces. */
const prepare = async (...traces: Partial<WebhookTrace['trace']>[]) => {
  const clock = manualClock(NOON);
  clock.advance(5 * 60_000);
  const page = testApi({ memos: [aMemo({ createdAt: '2026-03-04T05:06:07.000Z' })], clock });
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
  expect(text).not.toContain('silent so far');
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
  const text = await (await signedIn()).text('/s/twilio');
  expect(text).toContain('Nothing has come from this source yet.');
  expect(text).toContain('posts to https://calls.example.com/hooks/twilio.');
  expect(await (await prepare()).text('/s/twilio')).not.toContain('Nothing has come');
});

test('what was refused before the last memo is no trouble any more', async () => {
  const page = await prepare({ count: 2, at: '2026-03-04T04:00:00.000Z' });
  expect(await page.text('/')).not.toContain('class="trouble"');
  expect(await page.text('/s/twilio')).toContain('What came later was accepted.');
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

test('its page lists the last webhooks: accepted with its memo as a link, ignored and refused with the reason', async () => {
  const page = await prepare(
    { count: 14 },
    { outcome: 'ignored', reason: 'call.started', at: '2026-03-04T12:01:00.000Z' },
  );
  const text = await page.text('/s/twilio');
  const lines = [...text.matchAll(/<li id="event-([^"]+)"[^>]*>([\s\S]*?)<\/li>/g)].map(([, id, line]) => ({
    id,
    line,
  }));
  expect(lines.map(({ id }) => id)).toEqual(['t1', 't0', ID]);
  expect(lines.map(({ line }) => /class="outcome \w+">([^<]+)/.exec(line ?? '')?.[1])).toEqual([
    'ignored',
    '14 refused',
    'accepted',
  ]);
  expect(lines[0]?.line).toContain('call.started');
  expect(lines[2]?.line).toContain(`<a href="/m/${ID}" aria-label="memo, sent">`);
  expect(text).toContain('Payloads are not kept.');
  expect(text).not.toContain('>Payload</a>');
});

test('it counts what was accepted, ignored and refused today', async () => {
  const text = await (await prepare({ count: 14 }, { outcome: 'ignored', reason: 'call.started', count: 3 })).text(
    '/s/twilio',
  );
  for (const said of [
    /<dt>accepted<\/dt><dd>1000\+ today/,
    /<dt>refused<\/dt><dd>14 today/,
    /<dt>ignored<\/dt><dd>3 today/,
  ])
    expect(text).toMatch(said);
});

test('one click opens a payload where payloads are kept; as text, and never one of another source', async () => {
  const page = await prepare({ payload: '{"note": "<b>said</b>"}' });
  expect(await page.text('/s/twilio')).toContain('<a class="payload" href="/s/twilio/events/t0">Payload</a>');
  const text = await page.text('/s/twilio/events/t0');
  expect(text).toContain('{&quot;note&quot;: &quot;&lt;b&gt;said&lt;/b&gt;&quot;}');
  expect((await page.see('/s/telnyx/events/t0')).status).toBe(404);
  expect((await page.see('/s/twilio/events/t9')).status).toBe(404);
  page.use('');
  expect((await page.see('/s/twilio/events/t0')).status).not.toBe(200);
});
