import { randomUUID } from 'node:crypto';
import dns from 'node:dns';
import net from 'node:net';
import { expect, vi } from 'vitest';
import type { MemoJson } from '../../functions/http/response-schemas.ts';
import { urlOf } from '../../local/cloud/cloud-file.ts';
import { deliver as deliverElevenlabs } from '../../local/senders/elevenlabs.ts';
import { startCanaries } from '../canaries.ts';
import { type LinqGate, linqGate } from '../servers/linq-gate.ts';
import { json, type Signed, sha256, standardWebhook, startWorld, type World, wav } from '../world.ts';
import { contentsOf } from './contents.ts';
import { recordOutputAndConsole } from './record-output.ts';

// One person's calls are at every place of the path at once: delivered, sent, waiting, unrouted, failed, parked, in
// Linq's hands, asked about, in a dead letter. The test erases them and waits until all work is done. Then it searches
// every place for the number in any spelling, the ids of the calls and recordings, and the sound. Other people's calls
// must stay.

export const LINQ_SECRET = `whsec_${Buffer.from('the secret of the receipts of this test').toString('base64')}`;

export const canaries = startCanaries();
export const DANA = canaries.number('the number');
canaries.add('the number in base64', DANA.slice(2));
export const BEN = '+12025550199';
export let logged: readonly string[] = [];

/** The hashes of the audio of Dana's calls. */
export const sound = new Set<string>();

/** Dana's memos, and the ids by which the sources know her calls. */
export const memos: Record<string, string> = {};

export const delivered: { path: string; signed: Signed }[] = [];
export let gate: LinqGate;
export let world: World;
let contents: ReturnType<typeof contentsOf>;

/** Starts the servers of this test file, and records everything that the functions print. */
export const startErasureWorld = async () => {
  logged = recordOutputAndConsole();
  const { lookup } = dns;
  const leadsNowhere = (name: string, ...rest: [object, (error: Error) => void]) =>
    net.isIP(name) ? Reflect.apply(lookup, dns, [name, ...rest]) : rest[1](new Error(`ENOTFOUND ${name}`));
  vi.spyOn(dns, 'lookup').mockImplementation(leadsNowhere as typeof dns.lookup);
  gate = await linqGate(() => {
    const { cloud } = world.cloud;
    return { url: urlOf(cloud, 'sandbox'), key: cloud.sandboxKey };
  });
  world = await startWorld({
    LINQ_API_V3_API_KEY: 'the-key-of-the-gate',
    LINQ_API_V3_BASE_URL: gate.url,
    LINQ_WEBHOOK_SECRET: LINQ_SECRET,
    AFTERCALL_TIME_SCALE: '0.5', // Linq is first asked about an unknown memo after 15 seconds, and may take 22 seconds for a memo
    ...deliverElevenlabs({ hookUrl: '', recordingUrl: '', nowSeconds: 0, id: '' }).secrets,
  });
  contents = contentsOf(world);
};

export const stopErasureWorld = async () => {
  contents.close();
  await world.stop();
  await gate.stop();
  vi.restoreAllMocks();
};

/** Posts a webhook, and records it for a late retry; returns the id of its only memo. */
export const post = async (path: string, signed: Signed): Promise<string> => {
  const { status, body } = await world.post(path, signed);
  expect([status, body]).toEqual([200, { memos: [expect.stringMatching(/^m_/)] }]);
  delivered.push({ path, signed });
  return String((body.memos as string[])[0]); // a cast: the line above checked its shape
};

export const hook = (chat?: string) => `/hooks/standard-webhooks${chat ? `?chat=${chat}` : ''}`;

/** A call of Dana, with its own ids and sound. */
export const call = (what: string, facts: Record<string, unknown> = {}, audio = wav(1 + sound.size / 10)) => {
  sound.add(sha256(audio));
  const url = `${world.media.serve(audio)}?caller=${encodeURIComponent(DANA)}&id=${canaries.text(`URL, ${what}`)}`;
  const ids = { id: canaries.text(`recording id, ${what}`), call_id: canaries.text(`call id, ${what}`) };
  const data = { ...ids, recording_url: url, from: DANA, direction: 'inbound', ...facts };
  return { data, signed: standardWebhook(world.secrets.standardWebhooks, data) };
};

export const plant = (queue: string, message: object) => contents.plant(queue, message);

/** A message as `receive` would have queued it earlier. */
export const queued = (what: string, over: object = {}) => ({
  v: 1,
  recording: {
    source: 'twilio',
    id: canaries.text(`recording id, ${what}`),
    callId: canaries.text(`call id, ${what}`),
    from: DANA,
    media: { kind: 'url', url: `https://api.twilio.com/recordings/${canaries.text(`URL, ${what}`)}` },
  },
  target: { chat: randomUUID() },
  receivedAt: new Date().toISOString(),
  ...over,
});

export interface Answer {
  dry_run: boolean;
  says: string;
  counts: Record<string, number>;
  erased: string[];
  objects: number;
  linq_copies: number;
  left: { memo: string; reason: string }[];
  queued?: { messages: number; until: string };
}

export const erase = async (whom: object, query = ''): Promise<Answer> => {
  const answer = await world.api(`/erase${query}`, { method: 'POST', body: JSON.stringify(whom) });
  expect(answer.status).toBe(200);
  return json<Answer>(answer);
};

export const eraseMemo = async (id: string, query = '') =>
  json<Answer>(await world.api(`/memos/${id}${query}`, { method: 'DELETE' }));

// Every place, as it is now.
export const objects = () => contents.objects();
export const rows = () => contents.rows();
export const messages = () => contents.messages();
export const files = (folder: string) => contents.files(folder);

export const places = async (): Promise<Record<string, string[]>> => {
  const found = (texts: readonly string[]) => [...new Set(texts.flatMap((text) => canaries.in(text)))];
  const of = (name: string, bytes: Buffer) =>
    [...canaries.in(`${name} ${bytes.toString('latin1')}`)].concat(sound.has(sha256(bytes)) ? ['the sound'] : []);
  const inS3 = await objects();
  return {
    objects: inS3.flatMap(({ key, facts, bytes }) => of(`${key} ${facts}`, bytes)),
    'files of S3': files('s3').flatMap(({ name, bytes }) => of(name, bytes)),
    rows: found(await rows()),
    messages: found(messages()),
    logs: found(logged),
    'Linq’s copies': files('sandbox').flatMap(({ name, bytes }) => of(name, bytes)),
  };
};

/** Includes the memo of the dead letter, and the memo of a message whose target is her number. */
export const HERS = 12;

export const listed = async () => (await json<{ memos: MemoJson[] }>(await world.api('/memos?limit=100'))).memos;

/** The memos of other people, which must be the same afterwards. */
export const beside: { memo: MemoJson; audio: string }[] = [];
