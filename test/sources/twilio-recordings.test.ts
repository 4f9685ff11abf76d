import { describe, expect, test } from 'vitest';
import { type Recording, recordingSchema } from '../../functions/core/model/recording.ts';
import { type TwilioOptions, twilio } from '../../functions/sources/twilio.ts';
import { formBody, signForm } from '../../local/senders/twilio.sign.ts';

const authToken = { name: 'TWILIO_AUTH_TOKEN' };
const token = 'b4e7bb6efd6c8bf0cf81e0d0c49b583a';
const account = 'AC08faedd7e846c18560755be158889e51';
const sid = 'REa1b7e11e73e44e9bd73e0898096185d0';
const atTwilio = `https://api.twilio.com/2010-04-01/Accounts/${account}/Recordings/${sid}`;
const context = (...tokens: string[]) => ({
  nowMs: 0,
  read: async ({ name }: { name: string }) => (name === authToken.name ? tokens : []),
  exchange: () => Promise.reject(new Error('Twilio exchanges nothing')),
});

const callback = {
  RecordingSid: sid,
  RecordingUrl: atTwilio,
  RecordingStatus: 'completed',
  CallSid: 'CA87915d8002736204e65d5d083ba5ee41',
  AccountSid: account,
  RecordingDuration: '37',
};

/** What a signed callback with these fields is classified as. */
const received = async (fields: Record<string, string> = {}, options: Partial<TwilioOptions> = {}) => {
  const source = twilio({ authToken, ...options });
  const url = 'https://hooks.example.com/hooks/twilio';
  const parameters = Object.entries({ ...callback, ...fields });
  const headers = { 'x-twilio-signature': signForm(token, url, parameters) };
  const body = new Uint8Array(Buffer.from(formBody(parameters)));
  const proof = await source.authenticate({ method: 'POST', url, headers, body }, context(token));
  if (proof.kind !== 'authentic') throw new Error(proof.reason);
  return source.classify(proof.event, 'twilio');
};
const recordingOf = async (...given: Parameters<typeof received>): Promise<Recording> => {
  const event = await received(...given);
  if (event.kind !== 'recordings') throw new Error(`it is ${event.kind}`);
  return recordingSchema.parse(event.recordings[0]);
};

describe('the URL of the audio', () => {
  test.each([
    ['asks for MP3 where none says otherwise', {}, atTwilio, `${atTwilio}.mp3`],
    ['asks for WAV where the configuration does', { format: 'wav' as const }, atTwilio, `${atTwilio}.wav`],
    ['keeps an extension that is there', {}, `${atTwilio}.wav`, `${atTwilio}.wav`],
    [
      'keeps its query behind the extension',
      {},
      `${atTwilio}?RequestedChannels=2`,
      `${atTwilio}.mp3?RequestedChannels=2`,
    ],
    [
      'asks for MP3 in a region too',
      {},
      atTwilio.replace('api.', 'api.dublin.ie1.'),
      `${atTwilio.replace('api.', 'api.dublin.ie1.')}.mp3`,
    ],
    [
      'stands as it is elsewhere',
      {},
      'https://s3.example.com/a/RE1?X-Amz-Signature=1',
      'https://s3.example.com/a/RE1?X-Amz-Signature=1',
    ],
    [
      'is not fooled by a host that looks like it',
      {},
      'https://api.twilio.com.example.net/RE1',
      'https://api.twilio.com.example.net/RE1',
    ],
  ])('%s', async (_title, options, given, wanted) => {
    expect((await recordingOf({ RecordingUrl: given }, options)).media).toEqual({ kind: 'url', url: wanted });
  });

  const [inHost, inPath] = [
    'https://acme-calls.s3.us-east-1.amazonaws.com/AC1/RE1',
    'https://s3.amazonaws.com/acme-calls/AC1/RE1',
  ];
  const object = { kind: 'object', bucket: 'acme-calls', key: 'AC1/RE1' };
  test.each([
    ['is named by bucket and key, with the bucket in the host', inHost, [], object],
    ['is named by bucket and key, with the bucket in the path', inPath, [], object],
    [
      'is named by bucket and key beside another host',
      inHost,
      ['s3.us-east-1.amazonaws.com', 'acme-calls.example'],
      object,
    ],
    ['is fetched from its host where that is configured', inHost, ['acme-calls.s3.us-east-1.amazonaws.com'], inHost],
    ['is fetched from its host where its domain is configured', inHost, ['*.s3.us-east-1.amazonaws.com'], inHost],
  ])('in an S3 bucket of the user %s', async (_title, RecordingUrl, hosts, wanted) => {
    const media = typeof wanted === 'string' ? { kind: 'url', url: wanted } : wanted;
    expect((await recordingOf({ RecordingUrl }, { hosts })).media).toEqual(media);
  });

  test.each(['file:///etc/passwd', 'javascript:0', 'RE1', ''])('must be http or https: %j', async (RecordingUrl) => {
    expect(await received({ RecordingUrl })).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('RecordingUrl'),
    });
  });
});

describe('the duration', () => {
  test.each([
    ['37', 37],
    ['0', 0],
    ['-1', undefined],
    ['', undefined],
    ['soon', undefined],
    ['Infinity', undefined],
  ])('of %j seconds is %s', async (RecordingDuration, seconds) => {
    expect((await recordingOf({ RecordingDuration })).durationSeconds).toBe(seconds);
  });
});

test.each(['RE1', 'recording', `${sid}x`, `CA${sid.slice(2)}`, `https://example.com/${sid}`, ''])(
  'a RecordingSid that is none is named, not taken: %j',
  async (RecordingSid) => {
    expect(await received({ RecordingSid })).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('RecordingSid'),
    });
  },
);

describe('credentials', () => {
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  const source = twilio({ authToken, hosts: ['recordings.example.com'] });

  test('are Basic with the account of the event and each token of a rotation', async () => {
    const recording = await recordingOf();
    const credentials = await source.fetch.credentials?.(recording, context('new', 'old'));
    expect(credentials).toEqual([basic(account, 'new'), basic(account, 'old')]);
  });

  test('are none where the event names no account', async () => {
    const recording = await recordingOf({ AccountSid: '' });
    expect(await source.fetch.credentials?.(recording, context('new'))).toEqual([]);
  });

  test('go to the API of Twilio, never to a storage of the user', () => {
    expect(source.fetch.hosts).toContain('recordings.example.com');
    expect(source.fetch.credentialHosts).toContain('api.twilio.com');
    expect(source.fetch.credentialHosts).not.toContain('recordings.example.com');
    for (const host of source.fetch.credentialHosts ?? []) expect(host).toMatch(/^api\.([a-z0-9.]+\.)?twilio\.com$/);
  });
});

test('404 just after the event is "not yet"', () => {
  expect(twilio({ authToken }).fetch.notYet).toEqual([404]);
});

describe('who called', () => {
  const source = twilio({ authToken });
  const question = async () => source.lookUpParties?.(await recordingOf());

  test('is asked of the Call resource of the account', async () => {
    const url = `https://api.twilio.com/2010-04-01/Accounts/${account}/Calls/CA87915d8002736204e65d5d083ba5ee41.json`;
    expect((await question())?.url).toBe(url);
  });

  test.each([
    ['https://api.dublin.ie1.twilio.com/r', 'api.dublin.ie1.twilio.com'],
    ['https://api.sydney.au1.twilio.com/r', 'api.sydney.au1.twilio.com'],
    ['https://recordings.example.com/r', 'api.twilio.com'],
  ])('is asked in the region of the recording: %s', async (RecordingUrl, host) => {
    expect(new URL(source.lookUpParties?.(await recordingOf({ RecordingUrl }))?.url ?? '').host).toBe(host);
  });

  test('is not asked without a call or an account, and never outside the account', async () => {
    expect(source.lookUpParties?.(await recordingOf({ CallSid: '' }))).toBeUndefined();
    expect(source.lookUpParties?.(await recordingOf({ AccountSid: '' }))).toBeUndefined();
    const odd = source.lookUpParties?.(await recordingOf({ CallSid: '../../Messages?x=' }));
    expect(new URL(odd?.url ?? '').pathname).toMatch(new RegExp(`^/2010-04-01/Accounts/${account}/Calls/[^/]+$`));
  });

  test.each([
    ['inbound', 'inbound'],
    ['outbound-api', 'outbound'],
    ['outbound-dial', 'outbound'],
  ])('is read from its answer: %s is %s', async (direction, wanted) => {
    const call = { sid: 'CA1', from: '+14155550101', to: '+14155550199', direction, status: 'completed' };
    expect((await question())?.read(call)).toEqual({ from: '+14155550101', to: '+14155550199', direction: wanted });
  });

  test.each([[null], [[]], ['text'], [{}], [{ from: 1, to: 2, direction: 'inbound' }], [{ code: 20404, status: 404 }]])(
    'is not read from %j',
    async (answer) => {
      expect((await question())?.read(answer)).toBeUndefined();
    },
  );
});
