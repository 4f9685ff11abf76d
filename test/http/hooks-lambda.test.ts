import { handle } from 'hono/aws-lambda';
import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { formBody, signForm } from '../../local/senders/twilio.sign.ts';
import { loadFixtures, pick } from '../fixtures.ts';
import { gatewayEvent } from './gateway.ts';
import { receiving, TWILIO_TOKEN } from './receiving.ts';

const twilio = loadFixtures('twilio');
const standard = loadFixtures('standard-webhooks');
const memo = { memos: [expect.stringMatching(/^m_[a-z2-7]{26}$/)] };

const invoke = async (request: WebhookRequest, { base64 = false, publicUrl = 'https://hooks.example.com' } = {}) => {
  const { app, queued } = receiving({ publicUrl });
  const { statusCode, body, headers } = await handle(app)(gatewayEvent(request, base64));
  return { statusCode, json: JSON.parse(body), headers, queued };
};

/** Signed by Twilio for this URL, as the user typed the URL into Twilio's console. */
const signedFor = (url: string): WebhookRequest => {
  const parameters = Object.entries({
    RecordingSid: 'REa1b7e11e73e44e9bd73e0898096185d0',
    RecordingUrl: 'https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/REa1b7e11e73e44e9bd73e0898096185d0',
    RecordingStatus: 'completed',
    RecordingStartTime: 'Sat, 25 Jul 2026 17:20:00 +0000',
  });
  const headers = {
    'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'x-twilio-signature': signForm(TWILIO_TOKEN, url, parameters),
  };
  return { method: 'POST', url, headers, body: new Uint8Array(Buffer.from(formBody(parameters))) };
};

describe('an event of API Gateway', () => {
  test.each([
    ['a form as text', pick(twilio, 'completed'), false],
    ['a form in base64', pick(twilio, 'completed'), true],
    ['JSON', pick(twilio, 'completed-json'), false],
    ['a GET', pick(twilio, 'completed-get'), false],
    ['JSON of the generic source', pick(standard, 'completed'), false],
    ['JSON of the generic source in base64', pick(standard, 'completed'), true],
  ])('with %s is authentic', async (_title, { request }, base64) => {
    const { statusCode, json, queued } = await invoke(request, { base64 });
    expect([statusCode, json]).toEqual([200, memo]);
    expect(queued).toHaveLength(1);
  });

  test('with bytes that are no UTF-8 keeps each of them: signed, hence unreadable and not refused', async () => {
    const { statusCode, json } = await invoke(pick(standard, 'not-utf-8').request, { base64: true });
    expect([statusCode, json.error.code]).toEqual([400, 'unreadable']);
  });

  test.each([
    ['an apostrophe', "from=O'Hara"],
    ['an escaped apostrophe', 'from=O%27Hara'],
    ['both', "from=O'Hara&to=O%27Hara"],
    ['a plus', 'from=+14155550101'],
    ['%20 and +', 'from=a%20b+c'],
    ['%7e and ~', 'from=%7e~'],
    ['lower-case and upper-case escapes', 'from=%c3%a9%C3%A9'],
    ['empty values and repeated names', 'a=&b&a=2&b=1'],
    ['brackets and bars', 'a[0]=1|2'],
  ])('holds its signature with %s in the query', async (_title, query) => {
    const { statusCode } = await invoke(signedFor(`https://hooks.example.com/hooks/twilio?${query}`));
    expect(statusCode).toBe(200);
  });

  test.each([
    ['a domain of our own', 'https://calls.example.org'],
    ['a path prefix that a proxy takes off', 'https://example.org/phone/v1'],
    ['a port', 'https://example.org:8443'],
  ])('is signed for PUBLIC_URL, not for the name of the gateway: %s', async (_title, publicUrl) => {
    const signed = signedFor(`${publicUrl}/hooks/twilio?from=%2B1`);
    const called = { ...signed, url: 'https://abc.execute-api.us-east-1.amazonaws.com/hooks/twilio?from=%2B1' };
    expect((await invoke(called, { publicUrl })).statusCode).toBe(200);
    expect((await invoke(called, { publicUrl: 'https://elsewhere.example.org' })).statusCode).toBe(401);
  });

  test('whose decoded path hides a query gets none of it', async () => {
    const { request } = pick(standard, 'another');
    const event = gatewayEvent(request, false);
    event.rawPath = '/hooks/standard-webhooks?chat=00000000-0000-4000-8000-000000000000';
    const { app, queued } = receiving();
    expect((await handle(app)(event)).statusCode).toBe(200);
    expect(queued).toHaveLength(1);
    expect(queued[0]).not.toHaveProperty('target');
  });

  test('that is refused is answered in JSON', async () => {
    const { statusCode, json, headers } = await invoke({ ...pick(twilio, 'completed').request, headers: {} });
    expect([statusCode, json.error.code]).toEqual([401, 'not_authentic']);
    expect(headers).toMatchObject({ 'content-type': 'application/json' });
  });
});
