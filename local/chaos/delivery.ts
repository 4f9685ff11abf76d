import { existsSync } from 'node:fs';
import * as z from 'zod';
import type { Bridge } from '../../functions/config.ts';
import { memoIdOf } from '../../functions/core/model/messages.ts';
import type { Source } from '../../functions/core/ports/source.ts';
import { deliveredSchema, droppedSchema } from '../delivered.ts';

export type Signed = z.infer<typeof deliveredSchema>;
export type Dropped = z.infer<typeof droppedSchema>;

/** The sender of one configured source. */
export interface Delivery {
  source: string;
  /** Where the recording is: at a URL of the media host, inside the event, or in a bucket, and then the object is the event. */
  audio: 'at a URL' | 'in the event' | 'in a bucket';
  /** Whether a refused recording is asked for once more at the vendor's own API, which is not on this machine. */
  asksAgain: boolean;
  /** The secrets that the functions need to verify the sender, with the sender's API at the media host. */
  secretsWith(secret: string | undefined, mediaUrl: string): Record<string, string>;
  /** Whether the sender can use another secret. */
  rotates: boolean;
  make(event: Event): Signed | Dropped;
  /** The memo of an object. Nobody answers with its id, as with a webhook. */
  memoOf(object: { bucket: string; key: string }, chat: string): string;
}

export interface Event {
  hookUrl: string;
  recordingUrl: string;
  id: string;
  secret?: string | undefined;
  /** The recording, for an event that has it inside. */
  audio: () => Buffer;
}

/**
 * The sender of one configured source: the good event from the fixtures of its kind, signed anew each time.
 * @throws an error for people if the configuration and the fixtures do not match
 */
export const deliveryOf = async (bridge: Bridge, name: string): Promise<Delivery> => {
  const source = Object.hasOwn(bridge.sources, name) ? bridge.sources[name] : undefined;
  if (!source)
    throw new Error(`bridge.config.ts has no source ${name}; it has ${Object.keys(bridge.sources).join(', ')}`);
  const sender = new URL(`../senders/${source.kind}.ts`, import.meta.url);
  if (!existsSync(sender)) throw new Error(`there is no local/senders/${source.kind}.ts to send its events`);
  const { deliver } = await import(sender.href);

  const make: Delivery['make'] = ({ audio, ...event }) => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const made = deliver({ ...event, nowSeconds, ...(where === 'in the event' && { audio: audio() }) });
    return z.union([droppedSchema, deliveredSchema]).parse(made);
  };
  const [hookUrl, recordingUrl] = ['http://127.0.0.1/hooks', 'http://127.0.0.1/recording'];
  const example = { hookUrl, recordingUrl, id: '0'.repeat(32), audio: () => Buffer.from('sound') };
  const where = whereIsAudio(source, deliver, example);
  const { secrets } = make(example);
  const unknown = source.secrets.map((secret) => secret.name).filter((secret) => secrets[secret] === undefined);
  if (unknown.length > 0)
    throw new Error(`bridge.config.ts reads ${unknown.join(', ')}, which its fixture does not set`);

  const other = `whsec_${Buffer.alloc(24, 'other').toString('base64')}`;
  return {
    source: name,
    audio: where,
    asksAgain: source.fetch.freshUrl !== undefined || source.fetch.apiUrl !== undefined,
    make,
    secretsWith: (secret, mediaUrl) =>
      make({ ...example, recordingUrl: `${mediaUrl}/recording`, ...(secret && { secret }) }).secrets,
    rotates: Object.values(make({ ...example, secret: other }).secrets).includes(other),
    memoOf(object, chat) {
      const event = source.classifyObject?.(object, name);
      const recording = event?.kind === 'recordings' ? event.recordings[0] : undefined;
      if (recording?.media.kind !== 'object') throw new Error(`${name} would not take the object ${object.key}`);
      return memoIdOf({ recording: { ...recording, media: recording.media }, target: { chat } });
    },
  };
};

const whereIsAudio = (
  { classifyObject }: Source,
  deliver: (event: object) => unknown,
  { recordingUrl, ...example }: object & { recordingUrl: string },
): Delivery['audio'] => {
  if (classifyObject) return 'in a bucket';
  let read = false;
  deliver({
    ...example,
    audio: Buffer.from('sound'),
    nowSeconds: 0,
    get recordingUrl() {
      read = true;
      return recordingUrl;
    },
  });
  return read ? 'at a URL' : 'in the event';
};
