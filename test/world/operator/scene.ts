import { randomBytes, randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { MemoJson } from '../../../functions/http/response-schemas.ts';
import { readCloud, urlOf } from '../../../local/cloud/cloud-file.ts';
import { QUEUES, queueUrl, REGION } from '../../../local/cloud/resources.ts';
import { linqEvent, messageData, signed } from '../../http/linq-events.ts';
import { type ScriptedLinq, scriptedLinq } from '../../scripted-linq.ts';
import { API_KEY, json, type MediaHost, mediaHost, type Signed, standardWebhook, until, wav } from '../../world.ts';
import { type BridgeProcess, PATIENCE_MS, startProcess } from './bridge-process.ts';

const newSecret = () => `whsec_${randomBytes(24).toString('base64')}`;

/** A whole bridge as an operator runs it, with a scripted Linq, a host of recordings, and vendors that call. */
export interface Scene {
  bridge: BridgeProcess;
  linq: ScriptedLinq;
  media: MediaHost;
  /** The vendors' own secrets; a vendor may change them. */
  vendor: { standardWebhooks: string; svix: string; twilio: string };
  /** A signed webhook of a call, to a chat of its own if none is named. */
  call(over?: CallOptions): Promise<{ status: number; memo: string; chat: string }>;
  post(url: string, signed: Signed): Promise<{ status: number; body: Record<string, unknown> }>;
  memo(id: string): Promise<MemoJson>;
  /** Waits until a voice memo has arrived in the chat. */
  arrives(chat: string): Promise<void>;
  /** A message of Linq's about a text that the person of a chat wrote. */
  writes(chat: string, text: string): Promise<number>;
  /** Puts a message into a dead-letter queue. */
  deadLetter(queue: 'recordings' | 'memos', body: string): Promise<void>;
  /** The ids of memos, newest first. */
  memosOf(query: string): Promise<string[]>;
  stop(): Promise<void>;
}

interface CallOptions {
  source?: 'standardWebhooks' | 'svix';
  /** `null`: the webhook names no chat. */
  chat?: string | null;
  recordingUrl?: string;
  from?: string;
}

export const setScene = async (): Promise<Scene> => {
  const [media, linq] = [await mediaHost(), await scriptedLinq()];
  const vendor = { standardWebhooks: newSecret(), svix: newSecret(), twilio: randomBytes(16).toString('hex') };
  const ofLinq = newSecret();
  const bridge = await startProcess({
    AFTERCALL_API_KEY: API_KEY,
    AFTERCALL_ALLOW_HOSTS: new URL(media.url).host,
    AFTERCALL_DELIVERY: 'url',
    AFTERCALL_TIME_SCALE: '0.05',
    LINQ_API_V3_API_KEY: linq.key,
    LINQ_API_V3_BASE_URL: linq.url,
    LINQ_WEBHOOK_SECRET: ofLinq,
    STANDARD_WEBHOOKS_SECRET: vendor.standardWebhooks,
    SVIX_SECRET: vendor.svix,
    TWILIO_AUTH_TOKEN: vendor.twilio,
  });
  const post = async (url: string, { headers, body }: Signed) => {
    const answer = await fetch(url, { method: 'POST', headers, body });
    return { status: answer.status, body: await json(answer) };
  };
  const asked = async <T>(path: string) =>
    json<T>(await fetch(bridge.url + path, { headers: { authorization: `Bearer ${API_KEY}` } }));
  const scene: Scene = {
    ...{ bridge, linq, media, vendor, post },
    async call({ source = 'svix', chat = randomUUID(), recordingUrl = media.serve(wav(1)), from } = {}) {
      const webhook = standardWebhook(vendor[source], {
        id: `rec_${randomUUID()}`,
        recording_url: recordingUrl,
        ...(from && { from }),
      });
      const query = chat === null ? '' : `?chat=${chat}`;
      const { status, body } = await post(`${bridge.url}/hooks/${NAMES[source]}${query}`, SIGN[source](webhook));
      const [memo = ''] = Array.isArray(body.memos) ? body.memos.map(String) : [];
      return { status, memo, chat: chat ?? '' };
    },
    memo: (id) => asked(`/memos/${id}`),
    async arrives(chat) {
      const isThere = await until(() => linq.sent.some((sent) => sent.chat === chat) || undefined, PATIENCE_MS);
      if (!isThere) throw new Error(`no memo arrived in ${chat}: ${bridge.log().slice(-3000)}`);
    },
    async writes(chat, text) {
      const sender_handle = { handle: '+12025550147', is_me: false };
      const data = messageData(undefined, {
        direction: 'inbound',
        chat: { id: chat, is_group: false },
        sender_handle,
        parts: [{ type: 'text', value: text }],
      });
      const event = linqEvent('message.received', data, { created_at: new Date().toISOString() });
      const seconds = Math.floor(Date.now() / 1000);
      return (await fetch(`${bridge.url}/linq`, signed(event, { secret: ofLinq, seconds }))).status;
    },
    deadLetter: (queue, body) => sendDeadLetter(bridge.data, QUEUES[`${queue}DeadLetters`], body),
    async memosOf(query) {
      const { memos } = await asked<{ memos: { id: string }[] }>(`/memos?${query}`);
      return memos.map(({ id }) => id);
    },
    async stop() {
      await bridge.stop();
      await linq.stop();
      await media.stop();
    },
  };
  return scene;
};

const NAMES = { standardWebhooks: 'standard-webhooks', svix: 'svix' };

/** Svix has the same signature under other names. */
const SIGN: Record<keyof typeof NAMES, (webhook: Signed) => Signed> = {
  standardWebhooks: (webhook) => webhook,
  svix: ({ body, headers }) => ({
    body,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.replace('webhook-', 'svix-'), value]),
    ),
  }),
};

const sendDeadLetter = async (data: string, queue: string, body: string): Promise<void> => {
  const cloud = readCloud(data);
  if (!cloud) throw new Error('there is no cloud');
  const endpoint = urlOf(cloud, 'sqs');
  const client = new SQSClient({ region: REGION, endpoint, credentials: { ...cloud.credentials } });
  const QueueUrl = queueUrl(endpoint, queue);
  const id = randomUUID();
  await client.send(
    new SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: id, MessageDeduplicationId: id }),
  );
  client.destroy();
};
