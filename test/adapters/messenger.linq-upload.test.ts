import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linqError, messengerTo } from '../servers/linq.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

let linq: ScriptedHttp;
let storage: ScriptedHttp;
beforeEach(async () => {
  [linq, storage] = await Promise.all([scriptedHttp(), scriptedHttp()]);
  linq.answer = slot({ 'content-type': 'audio/mpeg' });
});
afterEach(async () => {
  await linq.quiet();
  await Promise.all([linq.stop(), storage.stop()]);
});

const slot = (headers: Record<string, string>) =>
  json(200, {
    attachment_id: 'att-1',
    upload_url: `${storage.origin}/put/here?X-Amz-Signature=s`,
    http_method: 'PUT',
    required_headers: headers,
    expires_at: '2026-11-23T12:15:00Z',
    download_url: 'https://cdn.linqapp.com/att-1',
  });
const bytes = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, at) => at % 251));
const audio = (type = 'audio/mpeg', extension = 'mp3') => ({
  key: `audio/run-1/m_aaaaaaaaaaaaaaaaaaaaaaaaaa.${extension}`,
  type,
  bytes: bytes.length,
});
const body = async () => Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]);
const upload = () => messengerTo(linq.origin).upload(audio(), body);

describe('an upload', () => {
  test('announces name, type and size, then puts the bytes whole under exactly the headers it was given', async () => {
    const required = { 'content-type': 'audio/mpeg', 'x-amz-meta-partner': 'p-1', 'cache-control': 'no-store' };
    linq.answer = slot(required);

    const uploaded = await upload();

    expect(uploaded).toEqual({ kind: 'uploaded', attachmentId: 'att-1' });
    expect(linq.asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /v3/attachments']);
    expect(JSON.parse(String(linq.asked[0]?.body))).toEqual({
      filename: 'm_aaaaaaaaaaaaaaaaaaaaaaaaaa.mp3',
      content_type: 'audio/mpeg',
      size_bytes: bytes.length,
    });
    const [put] = storage.asked;
    expect(`${put?.method} ${put?.url}`).toBe('PUT /put/here?X-Amz-Signature=s');
    expect(put?.headers).toMatchObject({ ...required, 'content-length': String(bytes.length) });
    expect(put?.headers).not.toHaveProperty('authorization');
    expect(put?.headers).not.toHaveProperty('transfer-encoding');
    expect(put?.body.equals(bytes)).toBe(true);
  });

  test('obeys required headers in capitals, the length among them', async () => {
    linq.answer = slot({ 'Content-Type': 'audio/mpeg', 'Content-Length': String(bytes.length) });

    expect(await upload()).toEqual({ kind: 'uploaded', attachmentId: 'att-1' });
    expect(storage.asked[0]?.headers).toMatchObject({
      'content-type': 'audio/mpeg',
      'content-length': String(bytes.length),
    });
  });

  test.each([
    ['audio/mpeg', 'audio/mpeg'],
    ['audio/x-m4a', 'audio/x-m4a'],
    ['audio/aac', 'audio/aac'],
    ['audio/x-caf', 'audio/x-caf'],
    ['audio/wav', 'audio/x-wav'],
    ['audio/aiff', 'audio/x-aiff'],
    ['audio/amr', 'audio/amr'],
  ])('of %s is announced as %s', async (type, announced) => {
    await messengerTo(linq.origin).upload(audio(type), body);

    expect(JSON.parse(String(linq.asked[0]?.body))).toMatchObject({ content_type: announced });
  });

  test('of what Linq does not take is refused, and nothing is asked', async () => {
    const outcome = await messengerTo(linq.origin).upload(audio('audio/ogg'), body);

    expect(outcome).toMatchObject({ kind: 'refused', to: 'failed' });
    expect(linq.asked).toEqual([]);
  });
});

describe('an upload that fails', () => {
  test.each([
    [400, 5004, 'refused'],
    [401, 2004, 'our-fault'],
    [403, 2011, 'our-fault'],
    [429, 1007, 'not-now'],
  ])('when it is announced (%i/%i) is %s, and nothing is put', async (status, code, kind) => {
    linq.answer = json(status, linqError(status, code), { 'retry-after': '9' });

    expect(await upload()).toMatchObject({ kind, code: `${status}/${code}` });
    expect([linq.asked.length, storage.asked.length]).toEqual([1, 0]);
  });

  test.each([400, 403, 412, 500, 503])('when it is put (%i) is for later', async (status) => {
    storage.answer = (_, response) => response.writeHead(status).end('<Error/>');

    expect(await upload()).toMatchObject({
      kind: 'not-now',
      waitsFor: 'linq',
      reason: expect.stringContaining(String(status)),
    });
    expect(storage.asked).toHaveLength(1);
  });

  test('is not sent to where a redirect leads', async () => {
    storage.answer = (_, response) => response.writeHead(307, { location: '/elsewhere' }).end();

    expect(await upload()).toMatchObject({ kind: 'not-now' });
    expect(storage.asked).toHaveLength(1);
  });

  test('because the audio cannot be read is our own trouble, thrown', async () => {
    const away = new Error('S3 is away');

    await expect(messengerTo(linq.origin).upload(audio(), () => Promise.reject(away))).rejects.toBe(away);
  });

  test('because the audio is shorter than it was is no upload', async () => {
    const outcome = await messengerTo(linq.origin).upload(audio(), async () => Readable.from([bytes.subarray(1)]));

    expect(outcome.kind).not.toBe('uploaded');
  });

  test.each(['the announcement', 'the upload'])('because %s is never answered ends in time', async (which) => {
    (which === 'the upload' ? storage : linq).answer = () => {};
    const messenger = messengerTo(linq.origin, { timing: { uploadAttachmentMs: 150 } });

    expect(await messenger.upload(audio(), body)).toMatchObject({ kind: expect.stringMatching(/unknown|not-now/) });
  });
});
