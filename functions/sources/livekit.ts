import * as z from 'zod';
import type { Recording } from '../core/model/recording.ts';
import type { SecretRef, Source } from '../core/ports/source.ts';
import { fileId } from '../core/source/file-id.ts';
import { objectIn } from '../core/source/object-url.ts';
import { partiesInText } from '../core/source/parties-in-text.ts';
import { proofBy } from '../core/source/proof.ts';
import { entriesOf, fact, readKind, unreadable } from '../core/source/read-json.ts';

export interface LivekitOptions {
  /** The API key of the project, `API…`; it stands in each token as its issuer. */
  apiKey: SecretRef;
  /** The secret of that key: it signs the tokens. */
  apiSecret: SecretRef;
  /** Finds the numbers in the name of the room: `/^call-(?<from>\+\d+)-(?<to>\+\d+)/`. Events have none of their own. */
  roomName?: RegExp;
  /** Hosts that a file may come from where it lies in no bucket of `buckets`; any public host where absent. */
  hosts?: readonly string[];
}

/**
 * LiveKit Egress, `egress_ended`: a bare HS256 JWT in `Authorization` that holds the SHA-256 of the body. The files lie in a bucket of
 * the user's. https://docs.livekit.io/home/server/webhooks/
 */
export const livekit = ({ apiKey, apiSecret, roomName, hosts }: LivekitOptions): Source => {
  const proof = proofBy({
    signature: {
      scheme: 'jwt',
      secret: apiSecret,
      issuer: apiKey,
      bodyHash: { claim: 'sha256', encoding: 'base64' },
      leewaySeconds: LEEWAY_SECONDS,
    },
  });
  return {
    kind: 'livekit',
    ...proof,

    classify(event, name) {
      const typed = readKind(event.body, typeSchema);
      if (typed.kind === 'unreadable') return typed;
      const { event: type, egressInfo } = typed.data;
      if (type !== 'egress_ended') return { kind: 'ignored', reason: ignoredBecause(type) };
      const failure = FAILURES.get(egressInfo?.status ?? '');
      if (failure) return { kind: 'ignored', reason: failure };
      // protojson leaves out a list that is empty.
      if (egressInfo?.fileResults === undefined) return { kind: 'ignored', reason: 'the egress made no file' };
      const ended = endedSchema.safeParse(typed.json);
      if (!ended.success) return unreadable(ended.error);
      const { fileResults, ...egress } = ended.data.egressInfo;
      const parties = partiesInText(egress.roomName, roomName);
      const recordings = fileResults.read.map((file) => ({ ...toRecording(file, egress, name), ...parties }));
      return { kind: 'recordings', recordings, ...(fileResults.unread && { unread: fileResults.unread }) };
    },

    fetch: {
      // The location stands in the signed body. A private address is never connected to.
      hosts: hosts ?? 'any-public',
      notYet: [404],
    },
    // No statuses of its own: LiveKit sends a few times more after an error, 429 and 5xx, and then drops the event.
  };
};

/** As far as LiveKit's own verifier in Go lets two clocks be apart; a token lives for five minutes. */
const LEEWAY_SECONDS = 60;

/** A recording that has reached a limit of length has a file too. */
const FAILURES: ReadonlyMap<string, string> = new Map([
  ['EGRESS_FAILED', 'the egress failed'],
  ['EGRESS_ABORTED', 'the egress was aborted before it began'],
]);

/** The groups of events that have no file. */
const GROUPS: ReadonlyMap<string, string> = new Map([
  ['egress', 'the egress goes on; egress_ended brings its files'],
  ['room', 'a room, no recording'],
  ['participant', 'a participant, no recording'],
  ['track', 'a track, no recording'],
  ['ingress', 'an ingress, no recording'],
]);
const ignoredBecause = (type: string): string => GROUPS.get(type.split('_')[0] ?? '') ?? `event ${type.slice(0, 100)}`;

const typeSchema = z.object({
  event: z.string({ error: 'is missing' }).min(1),
  egressInfo: fact(z.object({ status: fact(z.string()), fileResults: z.unknown().optional() })),
});

const text = fact(z.string().trim().min(1).max(512));
const fileSchema = z.object({
  filename: z.string({ error: 'is missing' }).min(1).max(1024),
  location: z.url({ error: 'must be a URL' }).max(8192),
  /** Nanoseconds, as text: protojson writes int64 so. */
  duration: fact(z.union([z.string(), z.number()])),
});
const egressSchema = z.object({
  egressId: z.string({ error: 'is missing' }).min(1).max(256),
  roomId: text,
  roomName: text,
  fileResults: entriesOf(fileSchema),
});
const endedSchema = z.object({ egressInfo: egressSchema });

const toRecording = (
  { filename, location, duration }: z.infer<typeof fileSchema>,
  { egressId, roomId, roomName }: Omit<z.infer<typeof egressSchema>, 'fileResults'>,
  source: string,
): Recording => {
  const callId = roomId ?? roomName; // a name is used again, an id is not
  const seconds = Number(duration ?? Number.NaN) / 1e9;
  const object = objectIn(location);
  return {
    source,
    id: fileId(egressId, filename),
    ...(callId && { callId }),
    ...(seconds > 0 && { durationSeconds: seconds }),
    media: object ? { kind: 'object', ...object } : { kind: 'url', url: location },
  };
};
