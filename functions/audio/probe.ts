import { fileTypeFromBuffer } from 'file-type';
import { type EncodedPacket, EncodedPacketSink, type InputAudioTrack, type InputTrack } from 'mediabunny';
import { type AudioFacts, MAX_MEMO_BYTES } from '../core/model/audio.ts';
import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, HEAD_BYTES } from './bytes.ts';
import { asCannotRead } from './cannot-read.ts';
import { countPackets } from './count-packets.ts';
import { isDecodable } from './decoders.ts';
import { lastGranule, mediaBytes } from './extent.ts';
import { fileFrom, findStream } from './find-stream.ts';
import { isOgg, type Naming, takenAs } from './formats.ts';
import { hasReader, readHeader } from './headers.ts';
import { endOfTags, mp3Header } from './mp3-frames.ts';
import { resembles, UNKNOWN } from './resembles.ts';
import { openInput } from './sound.ts';
import { allSilent, noCallByPackets, tooManyPackets, tooManySteps } from './weight.ts';

/** What a file is, by its content alone: names and Content-Types are not asked. */
export type Probe = { kind: 'unfit'; reason: string; unknown?: true } | Probed;
export interface Probed {
  kind: 'audio';
  /** file-type's word for it. */
  container: string;
  facts: AudioFacts;
  /** What the header promises, where it does; `facts.seconds` is what is there. */
  promisedSeconds?: number;
  /** Linq takes it under this name as it is. */
  takenAs?: Naming;
  /** The built-in decoders decode it; or why they do not. */
  decodable: boolean;
  failure?: string;
  /** Samples whose bytes were counted; decoding them says nothing new. */
  uncompressed?: boolean;
  /** Bytes that stand before the sound and are none of it. */
  start?: number;
  /** `facts.seconds` was counted packet by packet, all of which are there. */
  counted?: boolean;
  video: boolean;
}

/** Looks at a file, and where its beginning makes no sense for the place where sound begins. */
export const probe = async (file: AudioFile): Promise<Probe> => {
  const first = await lookAt(file);
  if (first.kind === 'audio' ? isClear(first) : !first.unknown) return first;
  const start = await findStream(file);
  if (!start) return first;
  const second = await lookAt(fileFrom(file, start));
  if (second.kind === 'unfit' || !second.facts.codec || !second.facts.seconds) return first;
  // The header of another file, kept in this one for whoever unpacks it.
  if ((second.promisedSeconds ?? 0) > 2 * second.facts.seconds) return first;
  return { ...second, start, facts: { ...second.facts, bytes: file.bytes } };
};

/** What file-type calls MP3 or AAC may be two bytes that look like it. MP3 in a WAV is read as what it is. */
const isClear = ({ container, facts }: Probed): boolean =>
  container === 'wav'
    ? facts.codec !== 'mp3'
    : !['mp3', 'aac'].includes(container) || (facts.codec !== undefined && (facts.seconds ?? 0) > 0);

const lookAt = async (file: AudioFile): Promise<Probe> => {
  const head = await file.read(0, Math.min(file.bytes, HEAD_BYTES));
  const found = byMagic(head) ?? (await fileTypeFromBuffer(head));
  if (!found || found.mime === 'application/xml') return unfit(head);
  const container = found.ext;
  const type = found.mime.split(';')[0] ?? found.mime;
  if (!MEDIA.test(type)) return { kind: 'unfit', reason: `not audio: ${type}` };

  const mp3 = container === 'mp3' ? await mp3Header(file) : undefined;
  const header = hasReader(container) ? await readHeader(file) : mp3;
  if (hasReader(container) && !header) return unfit(head);
  const counted = header ? undefined : await countPackets(file, container);
  const refused = counted && noCallByPackets(counted, 0, file.bytes);
  if (refused) return { kind: 'unfit', reason: refused };
  const failure = counted && tooManySteps(counted);
  const tried = header ? undefined : failure ? { failure } : await lookInside(file, container).catch(failureOf);
  if (tried === 'silent film') return { kind: 'unfit', reason: 'not audio: a video without sound' };
  const inside = tried && !('failure' in tried) ? tried : undefined;
  const noCall =
    tooManyPackets(inside?.packets ?? 0) ??
    (counted && noCallByPackets(counted, Math.max(inside?.seconds ?? 0, inside?.promisedSeconds ?? 0), file.bytes));
  if (noCall) return { kind: 'unfit', reason: noCall };
  const pause = header?.pauses ? allSilent(header.seconds ?? 0, 0) : undefined;
  if (pause) return { kind: 'unfit', reason: pause };
  const sound = { video: false, sizesTrue: true, counted: header !== undefined, ...inside, ...header };
  const { sampleRate, channels, seconds, video } = sound;
  const codec = sound.codec?.replace(/[^\x21-\x7e]+/g, '').slice(0, 32); // a Matroska may call it anything
  const promisedSeconds = countable(sound.promisedSeconds);
  const facts: AudioFacts = {
    type,
    bytes: file.bytes,
    ...(codec !== undefined && { codec }),
    ...(sampleRate !== undefined && { sampleRate: countable(sampleRate) ?? 0 }),
    ...(channels !== undefined && { channels }),
    ...(seconds !== undefined && { seconds: Math.round((countable(seconds) ?? 0) * 1000) / 1000 }),
  };
  const naming = takenAs(container, sound);
  return {
    kind: 'audio',
    container,
    facts: naming ? { ...facts, type: naming.type } : facts,
    ...(promisedSeconds !== undefined && { promisedSeconds }),
    ...(naming && { takenAs: naming }),
    decodable: header ? header.pcm !== undefined || mp3 !== undefined : isDecodable(inside?.codec ?? ''),
    ...(tried && 'failure' in tried && tried),
    ...(header?.pcm && { uncompressed: true }),
    ...(sound.counted && { counted: true }),
    video,
  };
};

/** A fraction in a header may be no number, or more than any row can hold. */
const countable = (value: number | undefined): number | undefined =>
  value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;

/** What mediabunny throws over a file is not the last word on it. */
const failureOf = (error: unknown) => ({ failure: asCannotRead(error).message });

/** See `Engine.unreadBytes`. */
export const unreadBytes = async (file: AudioFile): Promise<{ unread: number; of: number }> => {
  const mp3 = await mp3Header(file);
  if (mp3) {
    const of = file.bytes - (await endOfTags(file));
    return { unread: of - mp3.frameBytes, of };
  }
  using input = openInput(file);
  const of = await mediaBytes(file);
  let unread = of;
  for (const track of await input.getTracks()) {
    for await (const packet of readable(track)) unread -= packet.byteLength;
  }
  return { unread, of };
};

/** What file-type does not know: a big-endian WAV, one for more than four gigabytes, AU, and W64. */
const MAGIC = {
  RIFX: { ext: 'wav', mime: 'audio/wav' },
  RF64: { ext: 'wav', mime: 'audio/wav' },
  BW64: { ext: 'wav', mime: 'audio/wav' },
  '.snd': { ext: 'au', mime: 'audio/basic' },
  riff: { ext: 'w64', mime: 'audio/x-w64' },
};
const byMagic = (head: Uint8Array): { ext: string; mime: string } | undefined => {
  const magic = ascii(head, 0, 4);
  return Object.hasOwn(MAGIC, magic) ? MAGIC[magic as keyof typeof MAGIC] : undefined;
};

const MEDIA = /^(audio|video)\/|^application\/(ogg|vnd\.ms-asf|mxf|x-ms-asf)$/;

type Inside = Pick<AudioFacts, 'codec' | 'sampleRate' | 'channels' | 'seconds'> & {
  promisedSeconds?: number;
  /** About how many there are, where they are too many to be counted. */
  packets?: number;
  counted: boolean;
  video: boolean;
  sizesTrue: boolean;
};

/** What mediabunny finds; undefined where it cannot read the container or the start of the sound. */
const lookInside = async (file: AudioFile, container: string): Promise<Inside | 'silent film' | undefined> => {
  using input = openInput(file);
  if (!(await input.canRead())) return undefined;
  const track = await input.getPrimaryAudioTrack();
  const video = (await input.getPrimaryVideoTrack()) !== null;
  if (!track) return video ? 'silent film' : undefined;
  const codec =
    (await track.getCodec()) ??
    String(await track.getInternalCodecId())
      .trim()
      .toLowerCase();
  const sampleRate = await track.getSampleRate();
  const isLarge = file.bytes > MAX_MEMO_BYTES;
  const walk = codec.startsWith('pcm-') ? undefined : await walkOver(track, isLarge);
  const walked = walk?.isWhole && !isLarge ? walk.seconds : undefined;
  const seconds = walked ?? (await lengthOf(track).catch(() => undefined)); // damaged ends are found out by hearing all
  const packets = walk && !walk.isWhole && seconds ? (walk.packets * seconds) / walk.seconds : undefined;
  const promisedSeconds = await promiseOf(track, container, sampleRate, file);
  return {
    codec,
    sampleRate,
    channels: await track.getNumberOfChannels(),
    ...(seconds !== undefined && { seconds }),
    ...(promisedSeconds !== undefined && { promisedSeconds }),
    ...(packets !== undefined && { packets }),
    counted: walked !== undefined,
    video,
    sizesTrue: true,
  };
};

const lengthOf = async (track: InputAudioTrack): Promise<number> =>
  (await track.computeDuration()) - Math.max(0, await track.getFirstTimestamp());

/** Half an hour of packets of 20 ms. A file of more is not walked through: that would take longer than hearing it should. */
const MAX_WALKED_PACKETS = 100_000;
/** Of a large file they only tell how many there may be. */
const MAX_WALKED_OF_LARGE = 10_000;

/** How long the packets are that can really be read, one after the other; of a file of very many, the first of them. */
const walkOver = async (
  track: InputTrack,
  isLarge: boolean,
): Promise<{ seconds: number; packets: number; isWhole: boolean }> => {
  const most = isLarge ? MAX_WALKED_OF_LARGE : MAX_WALKED_PACKETS;
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  let packets = 0;
  for await (const { timestamp, duration } of readable(track, { metadataOnly: isLarge })) {
    start = Math.min(start, timestamp);
    end = Math.max(end, timestamp + duration);
    packets += 1;
    if (packets === most) break;
  }
  return { seconds: Math.max(0, end - Math.max(0, start)), packets, isWhole: packets < most };
};

/** The packets up to the first that is not whole: a table may name some behind the end of a file that was cut off. */
async function* readable(track: InputTrack, options: { metadataOnly?: boolean } = {}): AsyncGenerator<EncodedPacket> {
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, options);
  for (;;) {
    const next = await packets.next().catch(() => undefined);
    if (!next || next.done) return;
    yield next.value;
  }
}

/** How long the file says that it is, where that is written apart from the sound. */
const promiseOf = async (
  track: InputAudioTrack,
  container: string,
  sampleRate: number,
  file: AudioFile,
): Promise<number | undefined> => {
  if (isOgg(container)) {
    const granule = await lastGranule(file);
    const rate = container === 'opus' ? 48_000 : sampleRate; // Opus counts so whatever it was made from
    return granule === undefined ? undefined : granule / rate;
  }
  if (container === 'mp3') return undefined; // its frames were not found: mediabunny guesses from the first
  return (await track.getDurationFromMetadata()) ?? undefined;
};

/** An error page is no sound for any engine; of other bytes the second engine may know more. */
const unfit = (head: Uint8Array): Probe => {
  const what = resembles(head);
  return { kind: 'unfit', reason: `not audio: ${what}`, ...(what === UNKNOWN && { unknown: true }) };
};
