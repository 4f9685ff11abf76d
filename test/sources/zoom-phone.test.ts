import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';
import { zoomPhone } from '../../functions/sources/zoom-phone.ts';
import { encryptToken, signEvent } from '../../local/senders/zoom-phone.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { headerProof } from '../contracts/source-proofs.ts';
import { loadFixtures, pick } from '../fixtures.ts';

const secretToken = { name: 'ZOOM_PHONE_SECRET_TOKEN' };
const accountId = { name: 'ZOOM_PHONE_ACCOUNT_ID' };
const clientId = { name: 'ZOOM_PHONE_CLIENT_ID' };
const clientSecret = { name: 'ZOOM_PHONE_CLIENT_SECRET' };
const token = 'YmI3MjBjMzkwODNhNWU1Ng';
const app = {
  [accountId.name]: 'aB3dE5fG7hI9jK1lM3nO5p',
  [clientId.name]: 'q1W2e3R4t5Y6u7I8o9P0aA',
  [clientSecret.name]: 'z1X2c3V4b5N6m7L8k9J0hGfDsAqWeRtY',
};
const fixtures = loadFixtures('zoom-phone');
const source = zoomPhone({ secretToken, accountId, clientId, clientSecret });

const sign = (request: WebhookRequest): WebhookRequest => {
  const seconds = request.headers['x-zm-request-timestamp'] ?? '';
  return { ...request, headers: { ...request.headers, 'x-zm-signature': signEvent(token, seconds, request.body) } };
};

const validation = pick(fixtures, 'url-validation');
const plainToken = 'DCBPzzJtCS0JseeQsrLRmw';
const encryptedToken = 'a1ab1224e7867701a74a71b2d51f1d606de61f9e6023a4b69bd2364113a1507f';
const odd = ['constructor', '__proto__', 'toString', '', 'phone.recording_completed '];

sourceContract({
  source,
  secret: { name: secretToken.name, value: token, another: 'YmI3MjBjMzkwODNhNWU1Ngx' },
  fetchSecrets: app,
  fixtures,
  needed: /^(event|payload\.object\.(recordings\.\d\.)?(id|download_url))$/,
  good: ['completed', 'several', 'voicemail'],
  retries: [
    ['completed', 'completed-retry'],
    ['voicemail', 'voicemail-retry'],
  ],
  others: [
    ['completed', 'another'],
    ['completed', 'voicemail'],
    ['voicemail', 'voicemail-another'],
  ],
  proofs: [
    headerProof('x-zm-signature', { forged: ['v0=', `v1=${'a'.repeat(64)}`, 'a'.repeat(64), 'undefined'] }),
    headerProof('x-zm-request-timestamp', { forged: ['1785000001', '1785000000.0', '1785000000000', 'NaN'] }),
  ],
  toleranceSeconds: { past: 7200, ahead: 300 },
  sign,
  oddBodies: [
    ...odd.map((event) => JSON.stringify({ event, payload: { object: { recordings: [{ id: 'a' }] } } })),
    '{"event":"phone.recording_completed","payload":{"object":{"recordings":[null]}}}',
    '{"event":"endpoint.url_validation","payload":{"plainToken":7}}',
    '[]',
    'null',
    '"phone.recording_completed"',
    '['.repeat(100_000),
  ],
  handshakes: [
    {
      request: validation.request,
      nowSeconds: validation.nowSeconds,
      answer: {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ plainToken, encryptedToken }),
      },
    },
  ],
});

const bodyOf = (name: string) => JSON.parse(Buffer.from(pick(fixtures, name).request.body).toString());
const delivered = (json: unknown) =>
  sign({
    ...validation.request,
    body: new Uint8Array(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))),
  });

describe('a validation of the hook URL', () => {
  const shake = (request: WebhookRequest, ...secrets: string[]) =>
    source.handshake?.(request, { nowMs: validation.nowSeconds * 1000, read: async () => secrets });
  const validate = (text: unknown) => delivered({ event: 'endpoint.url_validation', payload: { plainToken: text } });

  test('is answered with the secret that signed it, in the middle of a rotation', async () => {
    const answer = await shake(validation.request, 'the next secret', token);
    expect(JSON.parse(answer?.body ?? '')).toEqual({ plainToken, encryptedToken: encryptToken(token, plainToken) });
  });

  test.each([
    ['with another secret', (): WebhookRequest => validation.request, ['another']],
    ['by nobody', (): WebhookRequest => ({ ...validation.request, headers: {} }), [token]],
  ])('that is signed %s is not answered', async (_title, request, secrets) => {
    expect(await shake(request(), ...secrets)).toBeUndefined();
  });

  test.each([
    ['the text of an event', 'v0:1785000000:{"event":"phone.recording_completed"}'],
    ['empty', ''],
    ['a number', 7],
    ['missing', undefined],
  ])('whose plainToken is %s is not answered: it would sign what the sender likes', async (_title, text) => {
    expect(await shake(validate(text), token)).toBeUndefined();
  });
});

describe('an event', () => {
  const classify = async (body: unknown) => {
    const context = { nowMs: validation.nowSeconds * 1000, read: async () => [token] };
    const proof = await source.authenticate(delivered(body), context);
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    return source.classify(proof.event, 'zoom-phone');
  };
  const completed = (fields: object) => {
    const event = bodyOf('completed');
    Object.assign(event.payload.object.recordings[0], fields);
    return event;
  };

  test('that is sent again 85 minutes later under its old timestamp is still taken', async () => {
    const { request, nowSeconds } = pick(fixtures, 'completed');
    const context = { nowMs: (nowSeconds + 85 * 60) * 1000, read: async () => [token] };
    expect((await source.authenticate(request, context)).kind).toBe('authentic');
  });

  test('keeps every digit of a call id beyond 2^53', async () => {
    const text = JSON.stringify(bodyOf('completed')).replace('"7000000001785000001"', '70000000017850000019');
    expect(await classify(text)).toMatchObject({ recordings: [{ callId: '70000000017850000019' }] });
  });

  test.each([
    [{ duration: null }, 'durationSeconds'],
    [{ duration: -1 }, 'durationSeconds'],
    [{ duration: '37 s' }, 'durationSeconds'],
    [{ call_id: null }, 'callId'],
    [{ caller_number: '' }, 'from'],
    [{ callee_number: { number: '1001' } }, 'to'],
    [{ direction: 'sideways' }, 'direction'],
  ])('is not lost over %j', async (fields, left) => {
    const event = await classify(completed(fields));
    expect(event).toMatchObject({ kind: 'recordings', recordings: [{ id: '2bf13b7d98467ae9aad3917396a3b96f' }] });
    expect(event).not.toHaveProperty(`recordings.0.${left}`);
  });

  test('that cannot be read is acknowledged: what Zoom retries in vain stops the subscription', () => {
    expect(source.statuses).toEqual({ unreadable: 200 });
  });
});
