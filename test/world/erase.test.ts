import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QUEUES } from '../../local/cloud/resources.ts';
import { deliver as deliverElevenlabs } from '../../local/senders/elevenlabs.ts';
import { sha256, standardWebhook, twilioWebhook, until, wav } from '../world.ts';
import {
  BEN,
  beside,
  call,
  canaries,
  DANA,
  delivered,
  erase,
  eraseMemo,
  files,
  gate,
  HERS,
  hook,
  LINQ_SECRET,
  listed,
  logged,
  memos,
  messages,
  objects,
  places,
  plant,
  post,
  queued,
  rows,
  sound,
  startErasureWorld,
  stopErasureWorld,
  world,
} from './erase-world.ts';

beforeAll(startErasureWorld, 60_000);
afterAll(stopErasureWorld);

describe('before', () => {
  test('calls of hers stand everywhere', async () => {
    const inline = deliverElevenlabs({
      hookUrl: '',
      recordingUrl: '',
      nowSeconds: Math.floor(Date.now() / 1000),
      id: canaries.text('conversation'),
    });
    sound.add(sha256(Buffer.from(JSON.parse(inline.body).data.full_audio, 'base64')));
    memos.inline = await post(`/hooks/elevenlabs?chat=${randomUUID()}&from=${DANA.slice(1)}`, inline);

    memos.delivered = await post(
      hook(randomUUID()),
      call('delivered', { from: ` ${DANA.replace(/(\d{3})(\d{4})$/, ' $1-$2')}` }).signed,
    );
    memos.sent = await post(hook(randomUUID()), call('sent', { from: BEN, to: DANA.slice(1) }).signed);

    const path = `/hooks/twilio?chat=${randomUUID()}&from=${encodeURIComponent(DANA)}`;
    const [RecordingSid, CallSid] = ['RE', 'CA'].map((kind) => kind + randomUUID().replaceAll('-', ''));
    for (const sid of [RecordingSid, CallSid]) canaries.add('a sid of Twilio’s', String(sid));
    const form = { RecordingSid: String(RecordingSid), CallSid: String(CallSid), AccountSid: 'AC1' };
    const RecordingUrl = String(call('twilio').data.recording_url);
    const twilio = { ...form, RecordingUrl, RecordingStatus: 'completed' };
    memos.twilio = await post(path, twilioWebhook(world.secrets.twilio, world.url + path, twilio));

    memos.unrouted = await post(hook(), call('unrouted').signed);
    memos.rejected = await post(hook(randomUUID()), call('rejected', {}, Buffer.from('<!DOCTYPE html>')).signed);
    const busy = world.media.serve((_request, response) => response.writeHead(503, { 'retry-after': '3' }).end());
    memos.received = await post(
      hook(randomUUID()),
      call('received', { recording_url: `${busy}?caller=${encodeURIComponent(DANA)}` }).signed,
    );
    await world.reaches(memos.received, 'received');

    for (const [what, answer] of [
      ['parked', 'takes it and says nothing'],
      ['unknown', 'says nothing'],
      ['sending', 'waits'],
    ] as const) {
      const chat = randomUUID();
      gate.next(chat, answer);
      memos[what] = await post(hook(chat), call(what).signed);
    }

    const states = { inline: 'sent', delivered: 'sent', sent: 'sent', twilio: 'sent', unrouted: 'unrouted' } as const;
    for (const [what, state] of Object.entries(states)) await world.reaches(memos[what] ?? '', state);
    await world.reaches(memos.rejected ?? '', 'rejected');
    await world.reaches(memos.sending ?? '', 'sending');
    for (const what of ['parked', 'unknown']) await world.reaches(memos[what] ?? '', 'unknown');
    await plant(QUEUES.memosDeadLetters, { v: 1, memo: memos.parked, generation: 0 });
    await plant(QUEUES.recordingsDeadLetters, queued('a dead letter'));
    await plant(QUEUES.recordings, queued('a handle', { target: { line: '+12052535597', handle: DANA } }));
    await world.reaches(memos.parked ?? '', 'parked');
    expect(await until(async () => (await listed()).length === HERS || undefined)).toBe(true);

    const linq = (await world.memo(memos.delivered ?? '')).linq;
    const event = {
      event_type: 'message.delivered',
      created_at: new Date().toISOString(),
      data: { id: linq?.message_id, parts: [{ filename: `${memos.delivered}.wav` }] },
    };
    const [id, now, body] = ['msg_1', new Date(), JSON.stringify(event)];
    const signature = new Webhook(LINQ_SECRET).sign(id, now, body);
    const seconds = String(Math.floor(now.getTime() / 1000));
    const headers = { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature };
    expect((await world.post('/linq', { body, headers })).status).toBe(200);
    await world.reaches(memos.delivered ?? '', 'delivered');
  }, 60_000);

  test('calls of others, which nobody wants erased, stand there too', async () => {
    for (const [chat, pitchHz] of [
      [randomUUID(), 700],
      [randomUUID(), 710],
      [undefined, 720],
    ] as const) {
      const audio = wav(1, pitchHz);
      const data = { id: randomUUID(), call_id: randomUUID(), recording_url: world.media.serve(audio), from: BEN };
      const { body } = await world.post(hook(chat), standardWebhook(world.secrets.standardWebhooks, data));
      const memo = await world.reaches(String((body.memos as string[])[0]), chat ? 'sent' : 'unrouted');
      beside.push({ memo, audio: sha256(audio) });
    }
  });

  test('the net catches them in every place but the log, where none may ever be', async () => {
    const found = await places();
    expect(found.rows).toEqual(expect.arrayContaining(['the number', 'call id, sent', 'recording id, unrouted']));
    expect(found.messages).toEqual(expect.arrayContaining(['the number', 'call id, received']));
    for (const place of ['objects', 'files of S3', 'Linq’s copies']) expect(found[place]).toContain('the sound');
    expect(found.logs).toEqual([]);
    expect(logged.length).toBeGreaterThan(20);
  });
});

describe('an erasure', () => {
  const snapshot = async () => [
    (await objects()).map(({ key }) => key).sort(),
    (await rows()).length,
    files('sandbox').length,
  ];

  test('says on a dry run what would go, and touches nothing', async () => {
    const before = await snapshot();
    const one = await eraseMemo(memos.delivered ?? '', '?dry_run=true');
    expect(one).toMatchObject({ dry_run: true, counts: { delivered: 1 }, erased: [memos.delivered], linq_copies: 1 });
    const all = await erase({ phone: DANA }, '?dry_run=true');
    expect(all.left).toEqual([{ memo: memos.sending, reason: expect.stringContaining('being sent') }]);
    const counts = { delivered: 1, sent: 3, unrouted: 1, rejected: 1, failed: 1, parked: 1, unknown: 1, received: 2 };
    expect(all.counts).toEqual(counts);
    expect(all.erased).toHaveLength(HERS - 1);
    // Nothing is erased yet, so the recording that is retried all the time is still queued.
    expect(all.queued?.messages).toBeGreaterThanOrEqual(1);
    expect(Date.parse(all.queued?.until ?? '') - Date.now()).toBeGreaterThan(27 * 24 * 60 * 60 * 1000);
    expect(all.says).toMatch(
      /^11 memos would be erased \(.*\), with \d+ objects; Linq would be asked to delete \d copies; 1 memo would be left$/,
    );
    expect(await snapshot()).toEqual(before);
    for (const id of all.erased) expect((await world.api(`/memos/${id}`)).status).toBe(200);
  });

  test('an erasure of one memo takes that memo alone', async () => {
    expect(await eraseMemo(memos.delivered ?? '')).toMatchObject({
      dry_run: false,
      erased: [memos.delivered],
      left: [],
    });
    expect((await world.api(`/memos/${memos.delivered}`)).status).toBe(404);
  });

  test('an erasure of one call takes the memos of that call', async () => {
    const { recording } = await world.memo(memos.twilio ?? '');
    expect(await erase({ call: recording.call_id })).toMatchObject({
      erased: [memos.twilio],
      linq_copies: 1,
      left: [],
    });
  });

  test('an erasure of a person takes all the rest but the memo that Linq has at this moment, and says so; the second erasure takes that memo', async () => {
    const first = await erase({ phone: DANA.replace(/(\d{3})(\d{3})(\d{4})$/, ' ($1) $2-$3') });
    expect(first.left).toEqual([{ memo: memos.sending, reason: expect.stringContaining('being sent') }]);
    for (const what of ['inline', 'sent', 'unrouted', 'rejected', 'parked', 'unknown'])
      expect([what, first.erased.includes(memos[what] ?? '')]).toEqual([what, true]);
    // This recording is retried all the time: `store` may see the erasure first, and delete the row itself.
    const isNamed = first.erased.includes(memos.received ?? '');
    expect(isNamed || (await world.api(`/memos/${memos.received}`)).status === 404).toBe(true);

    gate.open();
    await world.reaches(memos.sending ?? '', 'sent');
    expect(await erase({ phone: DANA })).toMatchObject({ erased: [memos.sending], linq_copies: 1, left: [] });
  });

  test('lets nothing that was queued before make a row after: a question to its source, a dead letter', async () => {
    const before = new Date(Date.now() - 60_000).toISOString();
    await plant(QUEUES.recordings, queued('a late question', { target: 'ask', receivedAt: before }));
    await plant(QUEUES.recordings, queued('a late recording', { receivedAt: before }));
    await plant(QUEUES.recordingsDeadLetters, queued('a late dead letter', { receivedAt: before }));
    await until(() => messages().flatMap((message) => canaries.in(message)).length === 0 || undefined);
    expect((await listed()).map(({ id }) => id).sort()).toEqual(beside.map(({ memo }) => memo.id).sort());
  });

  test('leaves no byte', async () => {
    const clean = await until(async () => {
      const found = Object.values(await places()).flat();
      return found.length === 0 || undefined;
    });
    const left = await places();
    expect([clean, left]).toEqual([true, Object.fromEntries(Object.keys(left).map((place) => [place, []]))]);
  }, 60_000);

  test('leaves of her rows the ids and states of her memos, and nothing that tells of a receipt', async () => {
    const kept = (await rows()).map((row) => JSON.parse(row));
    for (const id of Object.values(memos)) {
      const row = kept.find(({ pk }) => pk === id);
      expect(Object.keys(row ?? {}).sort()).toEqual(['expiresAt', 'generation', 'id', 'pk', 'state', 'tombstone', 'v']);
    }
    for (const row of kept.filter(({ pk }) => /^(receipt|witness)#/.test(pk))) {
      const isBeside = beside.some(({ memo }) => JSON.stringify(row).includes(memo.id));
      if (!isBeside) expect(Object.keys(row).sort()).toEqual(['expiresAt', 'pk', 'v']);
    }
  });

  test('leaves the calls of others as they are, sound and copy too', async () => {
    const bytes = (await objects()).map((object) => sha256(object.bytes));
    const copies = files('sandbox').map((file) => sha256(file.bytes));
    for (const { memo, audio } of beside) {
      // The row gets its receipt a moment after the memo is sent.
      expect(await world.memo(memo.id)).toEqual({ ...memo, ...(memo.state === 'sent' && { receipt: {} }) });
      expect(bytes).toContain(audio);
      if (memo.state === 'sent') expect(copies).toContain(audio);
    }
    expect(beside).toHaveLength(3);
  });
});

describe('after it', () => {
  test('a late retry of each of her webhooks makes no row and no memo, and leaves nothing of what came inside', async () => {
    const sent = gate.posts();
    for (const { path, signed } of delivered) expect((await world.post(path, signed)).status).toBe(200);
    await until(() => messages().flatMap((message) => canaries.in(message)).length === 0 || undefined);
    for (const id of Object.values(memos)) expect((await world.api(`/memos/${id}`)).status).toBe(404);
    expect(await listed()).toHaveLength(beside.length);
    const left = await places();
    expect(left).toEqual(Object.fromEntries(Object.keys(left).map((place) => [place, []])));
    expect(gate.posts()).toBe(sent);
  });

  test('a new call of hers arrives as any other', async () => {
    const [chat, audio] = [randomUUID(), wav(2, 900)];
    const data = { id: randomUUID(), recording_url: world.media.serve(audio), from: DANA };
    const { body } = await world.post(hook(chat), standardWebhook(world.secrets.standardWebhooks, data));
    await world.reaches(String((body.memos as string[])[0]), 'sent');
  });

  test('what the bridge cannot read stays in its queue, and the answer says that something does', async () => {
    await plant(QUEUES.recordingsDeadLetters, { v: 2, of: 'a later version', from: DANA });
    const { erased, queued: waiting } = await erase({ phone: DANA });
    expect(erased).toHaveLength(1);
    expect(waiting).toEqual({ messages: 1, until: expect.stringMatching(/^\d{4}-/) });
  });
});
