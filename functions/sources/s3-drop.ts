import * as z from 'zod';
import type { CallFacts, Classification, Source, StoredObject } from '../core/ports/source.ts';
import { fileId } from '../core/source/file-id.ts';
import { objectSource } from '../core/source/object-source.ts';
import { urlOfObject } from '../core/source/object-url.ts';
import { fact } from '../core/source/read-json.ts';

export interface S3DropOptions {
  /**
   * Which objects are recordings, by their keys, and what the key says of the call: the groups `call`, `from`, `to`, `direction` and
   * `chat`, as in `/(?<from>\+\d+)_(?<to>\+\d+)\.wav$/`. @default every object that is no JSON
   */
  key?: RegExp;
  /**
   * Where `from`, `to`, `direction` and `chat` stand: in the metadata of the object (`x-amz-meta-from`), or in a JSON object beside it,
   * under the same key and `.json`. @default in the key alone
   */
  facts?: 'metadata' | 'sidecar';
}

/** Any system that writes recordings into a bucket of the user's: each new object is a recording. */
export const s3Drop = ({ key: pattern, facts }: S3DropOptions = {}): Source => ({
  ...objectSource({
    kind: 's3-drop',

    classifyObject: (object, name) => {
      if (object.key.endsWith('/')) return { kind: 'ignored', reason: 'a folder, no recording' };
      if (SIDECAR.test(object.key)) return { kind: 'ignored', reason: 'JSON, no recording' };
      // A user's pattern with the flag g or y would continue from its last match.
      const matcher = pattern && new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
      const match = matcher?.exec(object.key);
      if (matcher && !match) return { kind: 'ignored', reason: 'its key is not of the form that this source takes' };
      return toRecording(object, match?.groups ?? {}, name);
    },

    ...(facts && {
      lookUpParties: ({ media }) => {
        if (media.kind !== 'object') return undefined;
        const read = (json: unknown) => factsSchema.safeParse(json).data as CallFacts | undefined; // every fact is tidied
        if (facts === 'metadata') return { url: urlOfObject(media), metadata: true, mayNameChat: true, read };
        return { url: urlOfObject({ ...media, key: `${media.key}.json` }), mayNameChat: true, read };
      },
    }),

    fetch: { hosts: [], notYet: [404] },
  }),
});

const SIDECAR = /\.json$/i;

const toRecording = (
  { bucket, key }: StoredObject,
  { call, from, to, direction, chat }: Record<string, string | undefined>,
  source: string,
): Classification => {
  if (chat !== undefined && !z.guid().safeParse(chat).success)
    return { kind: 'unreadable', reason: 'chat in its key is no UUID' };
  const known = { callId: call, from, to, direction: directionOf(direction), chat };
  const said = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  const recording = { source, id: fileId(call ?? 'object', `${bucket}/${key}`), ...said };
  return { kind: 'recordings', recordings: [{ ...recording, media: { kind: 'object', bucket, key } }] };
};

const directionOf = (text: string | undefined) => (text === 'inbound' || text === 'outbound' ? text : undefined);

const text = fact(z.string().trim().min(1).max(256));
const factsSchema = z
  .object({ from: text, to: text, direction: fact(z.enum(['inbound', 'outbound'])), chat: fact(z.guid()) })
  .transform((facts) => Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)));
