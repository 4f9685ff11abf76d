import { describe, expect, test } from 'vitest';
import { dialpad } from '../../functions/sources/dialpad.ts';
import { claims, jwt } from '../../local/senders/dialpad.sign.ts';
import { sourceContract } from '../contracts/source.ts';
import { wholeBodyProof } from '../contracts/source-proofs.ts';
import { loadFixtures } from '../fixtures.ts';
import { apiKey, call, detail, judge, received, secret, source, webhookSecret } from './dialpad-events.ts';

const odd = ['constructor', '__proto__', 'toString', ' ', 'recording '];

sourceContract({
  source,
  secret: { name: webhookSecret.name, value: secret, another: 'dp-735e8f951fd8117043ca6bf9a32cb180b3bc9131' },
  fetchSecrets: { [apiKey.name]: 'Zk3Tq8WmRb5YxJ2nVc7L' },
  fixtures: loadFixtures('dialpad'),
  needed: /^(call_id|state|recording_details\.\d\.(id|url|recording_type)|voicemail_link)$/,
  good: ['recorded', 'several', 'without-url', 'voicemail'],
  retries: [
    ['recorded', 'recorded-retry'],
    ['voicemail', 'voicemail-retry'],
    ['voicemail', 'voicemail-link-alone'],
    ['voicemail', 'voicemail-id-alone'],
  ],
  others: [
    ['recorded', 'another'],
    ['recorded', 'several'],
    ['voicemail', 'voicemail-another'],
    ['voicemail', 'voicemail-short-link'],
  ],
  proofs: [
    wholeBodyProof({
      forged: [JSON.stringify(call), `${jwt(secret, '{}')}.`, `"${jwt(secret, '{}')}"`, '..', 'e30.e30.'],
    }),
  ],
  payload: ({ body }) => Buffer.from(String(Buffer.from(body)).split('.')[1] ?? '', 'base64url').toString(),
  sign: (request) => ({ ...request, body: new Uint8Array(Buffer.from(jwt(secret, request.body))) }),
  oddBodies: [
    ...odd.map((state) => JSON.stringify({ ...call, state })),
    '{"state":{"toString":1}}',
    '{"state":"recording","call_id":1,"recording_details":{"length":1}}',
    '{"state":"recording","call_id":1e3,"recording_details":[]}',
    '[]',
    'null',
    '\ufeff{"state":"recording"}',
  ],
});

describe('the algorithm is HS256 and no other, even under the right secret', () => {
  test.each([
    ['HS512', 'sha512'],
    ['HS512', 'sha256'],
    ['none', 'sha256'],
    ['RS256', 'sha256'],
    ['hs256', 'sha256'],
    [undefined, 'sha256'],
  ])('%s, signed with %s', async (alg, algorithm) => {
    expect((await judge(jwt(secret, claims(call), { typ: 'JWT', alg }, algorithm))).kind).toBe('refused');
  });

  test('none, without a signature', async () => {
    const unsigned = jwt(secret, claims(call), { alg: 'none' }).replace(/[^.]*$/, '');
    expect((await judge(unsigned)).kind).toBe('refused');
  });
});

test.each([
  ['padding', (good: string) => `${good}=`],
  ['a line break', (good: string) => `${good}\n`],
  ['a byte order mark', (good: string) => `\ufeff${good}`],
  [
    'other last bits, which decode alike',
    (good: string) => good.slice(0, -1) + String.fromCharCode(good.charCodeAt(good.length - 1) + 1),
  ],
])('a JWT that a lenient decoder would take is refused: %s', async (_title, change) => {
  const good = jwt(secret, claims(call));
  expect((await judge(good)).kind).toBe('authentic');
  expect((await judge(change(good))).kind).toBe('refused');
});

test.each([
  [{ call_id: 5.5 }, 'call_id'],
  [{ call_id: -5 }, 'call_id'],
  [{ recording_details: [{ ...detail, url: 'file:///etc/passwd' }] }, 'recording_details.0.url'],
  [{ recording_details: [{ ...detail, id: detail.url }] }, 'recording_details.0.id'],
  [{ recording_details: [{ id: detail.id }] }, 'recording_details.0.url'],
  [{ recording_details: null }, 'recording_details'],
])('what cannot be read names the field: %j', async (changed, field) => {
  expect(await received(changed)).toEqual({ kind: 'unreadable', reason: expect.stringContaining(`${field}:`) });
});

test.each([['internal'], [null], [undefined]])(
  'who called whom is left open where the direction is %j',
  async (direction) => {
    const event = await received({ direction, external_number: '+14155550101', internal_number: '+14155550199' });
    const { url, ...rest } = detail;
    const recording = { source: 'dialpad', ...rest, callId: '5500001785000000', media: { kind: 'url', url } };
    expect(event).toEqual({ kind: 'recordings', recordings: [recording] });
  },
);

describe('a talk that is recorded twice', () => {
  const details = [
    { id: 'a1', url: detail.url, recording_type: 'admincallrecording' },
    { id: 'c1', url: 'https://dialpad.com/secureblob/callrecording/c1' },
    { id: 'x1', url: 'https://dialpad.com/somewhere/x1' },
  ];
  const idsOf = async (recordingTypes?: Parameters<typeof dialpad>[0]['recordingTypes'], list: object[] = details) => {
    const chosen = dialpad({ webhookSecret, apiKey, ...(recordingTypes && { recordingTypes }) });
    const proof = await judge(jwt(secret, claims({ ...call, recording_details: list })));
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    const event = chosen.classify(proof.event, 'dialpad');
    return event.kind === 'recordings' ? event.recordings.map(({ id }) => id) : event;
  };

  test('is two memos, or one where the configuration names the type that is wanted', async () => {
    expect(await idsOf()).toEqual(['a1', 'c1', 'x1']);
    expect(await idsOf(['callrecording'])).toEqual(['c1', 'x1']);
    expect(await idsOf(['admincallrecording'])).toEqual(['a1', 'x1']);
  });

  test('names its calls, whichever of them Dialpad names, where the configuration wants one memo of it', async () => {
    const chosen = dialpad({ webhookSecret, apiKey, oneMemoPerTalk: true });
    const linked = { master_call_id: 5500001785000000, entry_point_call_id: 1234567890123456, operator_call_id: 0 };
    const proof = await judge(jwt(secret, claims({ ...call, ...linked, recording_details: details.toReversed() })));
    if (proof.kind !== 'authentic') throw new Error(proof.reason);
    const event = chosen.classify(proof.event, 'dialpad');
    const ids = ['5500001785000000', '1234567890123456'];
    expect(event.kind === 'recordings' && event.recordings.map(({ id, talk }) => [id, talk])).toEqual([
      ['a1', { kind: 'admincallrecording', ids }], // the whole call comes first
      ['x1', undefined], // of no known type: always a memo of its own
      ['c1', { kind: 'callrecording', ids }],
    ]);
    const [unnamed] = [await received({ ...linked, recording_details: details })];
    expect(JSON.stringify(unnamed)).not.toContain('talk');
  });

  test('is ignored with the reason where none is wanted', async () => {
    expect(await idsOf(['voicemail'], details.slice(0, 2))).toEqual({
      kind: 'ignored',
      reason: expect.stringContaining('recordingTypes'),
    });
  });
});
