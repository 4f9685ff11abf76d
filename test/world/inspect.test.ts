import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAYLOADS } from '../../functions/core/model/payloads.ts';
import { QUEUES } from '../../local/cloud/resources.ts';
import { hasChromium, launchChromium, withPage } from '../browser.ts';
import { running } from '../cli/running.ts';
import { API_KEY, json, until } from '../world.ts';
import { type InspectedWorld, newText, SPELLED, startInspectedWorld } from './inspect-world.ts';

// The content of webhooks, over the whole path: kept where bridge.config.ts asks for it, shown without numbers and secrets, and gone
// with an erasure.

const STANDARD = 'standard-webhooks';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkYW5hIn0.c2lnbmF0dXJlLW9mLWEtand0';
const AUDIO = Buffer.alloc(3000, 'sound').toString('base64');
const HTML = '<img src=x onerror="window.pwned = true"><script>window.pwned = true</script></pre>';
const NUMBER = /4155550101/;
const digitsIn = (text: string) => text.normalize('NFKC').replaceAll('%20', ' ').replace(/\D/g, '');
let it: InspectedWorld;

const hasPayload = async (source: string, outcome: string) => {
  const event = await until(async () =>
    (await it.events(source)).find((each) => each.outcome === outcome && each.has_payload),
  );
  return event ?? expect.fail(`no ${outcome} webhook of ${source} has a payload`);
};
const isGone = (text: string) => until(async () => (await it.search(text)).length === 0 || undefined);
const erase = async (whom: object, query = '') =>
  json(await it.world.api(`/erase${query}`, { method: 'POST', body: JSON.stringify(whom) }));

describe('with inspect: true', () => {
  beforeAll(async () => {
    it = await startInspectedWorld(true);
  });
  afterAll(() => it?.stop());

  describe('a signed webhook with everything in it', () => {
    const said = newText('said');
    const header = newText('header');
    let memo: string;
    let payload: string;
    beforeAll(async () => {
      const secret = it.world.secrets.standardWebhooks;
      memo = await it.call(
        {
          ...{ said, html: HTML, jwt: JWT, sound: AUDIO, numbers: SPELLED, text: `call ${SPELLED.join(' or ')}` },
          ...{ note: `the secret is ${secret}`, bare: secret.replace('whsec_', ''), api_token: 'a-token-of-an-api' },
          link: 'https://user:a-password@cdn.example.com/calls/1.mp3?token=a-token-in-a-url',
          within: encodeURIComponent('https://cdn.example.com/calls/1.mp3?token=a-token-in-a-url'),
        },
        { from: '+14155550101', to: '415-555-0101' },
        { 'x-acme-token': header },
      );
      await it.world.reaches(memo, 'sent');
      payload = await it.payload(STANDARD, memo);
    });

    test('is shown: its words, the names of its headers, hosts and paths', () => {
      for (const shown of [
        said,
        'x-acme-token',
        'webhook-signature',
        'recording.completed',
        'cdn.example.com/calls/1.mp3',
      ])
        expect(payload).toContain(shown);
      expect(payload.length).toBeLessThanOrEqual(PAYLOADS.characters);
    });

    test('is shown without any number, secret, token or sound', () => {
      expect(digitsIn(JSON.stringify(JSON.parse(payload).body.data.more))).not.toMatch(NUMBER);
      const secret = it.world.secrets.standardWebhooks.replace('whsec_', '');
      for (const left of [secret, header, JWT, AUDIO.slice(0, 40), 'a-token', 'a-password', 'eyJ'])
        expect(payload).not.toContain(left);
    });

    test('is shown by the command as well', async () => {
      const environment = { AFTERCALL_URL: it.world.url, AFTERCALL_API_KEY: API_KEY };
      const list = await running(['sources', STANDARD], { environment });
      expect(list.out).toContain(`--payload ${memo}`);
      const { code, out } = await running(['sources', STANDARD, '--payload', memo], { environment });
      expect([code, out]).toEqual([0, `${payload}\n`]);
    });

    test.skipIf(!hasChromium)('is shown on the page, as text, with scripts and without', async () => {
      const browser: Browser = await launchChromium();
      try {
        for (const javaScriptEnabled of [true, false])
          await withPage(
            browser,
            { url: it.world.url, key: API_KEY },
            async (page) => {
              await page.goto(`/s/${STANDARD}`);
              await page.locator(`[id="event-${memo}"]`).getByRole('link', { name: 'Payload' }).click();
              await page.getByRole('heading', { name: 'The payload of a webhook' }).waitFor();
              expect(await page.locator('pre').textContent()).toBe(payload);
              expect(await page.locator('main img, main script').count()).toBe(0);
              if (javaScriptEnabled) expect(await page.evaluate('window.pwned')).toBeUndefined();
            },
            { javaScriptEnabled },
          );
      } finally {
        await browser.close();
      }
    });

    test('stays after a dry run, and is gone after the erasure of its memo: from the table, the bucket and the queues', async () => {
      await erase({ phone: '+14155550101' }, '?dry_run=true');
      expect(await it.payload(STANDARD, memo)).toBe(payload);
      expect(await it.search(said)).not.toEqual([]);
      await it.world.api(`/memos/${memo}`, { method: 'DELETE' });
      expect(await isGone(said)).toBe(true);
      expect((await it.world.api(`/sources/${STANDARD}/events/${memo}/payload`)).status).toBe(404);
    });
  });

  test('the payloads of a person’s webhooks are gone after an erasure of the person: kept, queued, and in a dead letter', async () => {
    const [DANA, BEN] = ['+12025550147', '+12025550148'];
    const [kept, queued, dead, others] = ['kept', 'queued', 'dead', 'others'].map((place) => newText(place));
    const busy = it.world.media.serve((_, response) => response.writeHead(503, { 'retry-after': '3' }).end());
    await it.world.reaches(await it.call({ kept }, { from: DANA }), 'sent');
    await it.world.reaches(await it.call({ queued }, { to: DANA, recording_url: busy }), 'received');
    const beside = await it.call({ others }, { from: BEN });
    await it.world.reaches(beside, 'sent');
    const media = { kind: 'url', url: 'https://recordings.example.com/1.mp3' };
    const recording = { source: STANDARD, id: randomUUID(), from: DANA, media };
    const letter = { v: 1, recording, target: { chat: randomUUID() }, receivedAt: new Date().toISOString() };
    await it.contents.plant(QUEUES.recordingsDeadLetters, { ...letter, payload: dead });
    expect(await isGone(dead ?? '')).toBe(true); // a row has a dead letter for a month, and a payload is kept for a week
    await erase({ phone: DANA });
    for (const text of [kept, queued]) expect(await isGone(text ?? ''), text).toBe(true);
    expect(await it.payload(STANDARD, beside)).toContain(others);
  });

  test('the payloads of webhooks that made no memo go with any erasure, whomever it is about', async () => {
    const [refused, ignored] = [newText('refused'), newText('ignored')];
    expect((await it.refused('telnyx', `${refused} +1 (415) 555-0101`)).status).toBe(404);
    expect((await it.ignored({ From: '+14155550101', Note: ignored })).status).toBe(200);
    const events = [await hasPayload('telnyx', 'refused'), await hasPayload('twilio', 'ignored')] as const;
    const payloads = [await it.payload('telnyx', events[0].id), await it.payload('twilio', events[1].id)];
    expect(payloads).toEqual([expect.stringContaining(refused), expect.stringContaining(ignored)]);
    for (const payload of payloads) expect(digitsIn(payload)).not.toMatch(NUMBER);
    await erase({ phone: '+12025550199' });
    for (const text of [refused, ignored]) expect(await isGone(text), text).toBe(true);
    expect((await it.world.api(`/sources/telnyx/events/${events[0].id}/payload`)).status).toBe(404);
  });

  describe('what somebody posts to do harm', () => {
    test.each([
      ['vonage', 'a body of six megabytes', 'x'.repeat(5_999_000), /\[\d+ bytes are left out/],
      ['plivo', 'HTML', HTML, /<img src=x/],
      ['retell', 'a JWT', `Bearer ${JWT}`, /\[left out\]/],
      ['vapi', 'audio in base64, in lines', AUDIO.replace(/.{76}/g, '$&\r\n'), /characters are left out/],
      ['bland', 'a deep list', '['.repeat(30_000), /\[\[\[/],
      ['quo', 'numbers alone', SPELLED.join('\n'), /0101/],
      ['daily', 'a field that names a prototype', '{"__proto__": {"x": 1}, "constructor": 2}', /__proto__/],
    ])('of %s, %s, is kept as text within the bound', async (source, _what, body, shows) => {
      expect((await it.refused(source, body)).status).toBeGreaterThanOrEqual(400);
      const { id } = await hasPayload(source, 'refused');
      const payload = await it.payload(source, id);
      expect(payload).toMatch(shows);
      expect(payload.length).toBeLessThanOrEqual(PAYLOADS.characters);
      expect(digitsIn(payload)).not.toMatch(NUMBER);
      for (const left of ['eyJ', AUDIO.slice(0, 40)]) expect(payload).not.toContain(left);
    });
  });
});

describe('without inspect', () => {
  beforeAll(async () => {
    it = await startInspectedWorld(false);
  });
  afterAll(() => it?.stop());

  test('no part of a webhook’s content is in the table, the bucket, the queues or the log', async () => {
    const texts = ['accepted', 'refused', 'ignored'].map((place) => newText(place));
    const [accepted = '', refused = '', ignored = ''] = texts;
    const memo = await it.call({ accepted });
    await it.refused('telnyx', refused);
    await it.ignored({ Note: ignored });
    await it.world.reaches(memo, 'sent');
    for (const source of ['telnyx', 'twilio', STANDARD])
      expect(await until(async () => (await it.events(source))[0]), source).toMatchObject({ has_payload: false });
    for (const text of texts) expect(await it.search(text), text).toEqual([]);
    const answer = await it.world.api(`/sources/${STANDARD}/events/${memo}/payload`);
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('inspect: true')]);
  });
});
