import { fileTypeFromBuffer } from 'file-type';
import { type EncodedPacket, EncodedPacketSink, type InputAudioTrack, type InputTrack } from 'mediabunny';
import { type AudioFacts, MAX_MEMO_BYTES } from '../core/model/audio.ts';
import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, HEAD_BYTES } from './bytes.ts';
import { asCannotRead } from './cannot-read.ts';
import { isDecodable } from './decoders.ts';
import { lastGranule, mediaBytes } from './extent.ts';
import { fileFrom, findStream } from './find-stream.ts';
import { isOgg, type Naming, takenAs } from './formats.ts';
import { hasReader, readHeader } from './headers.ts';
import { endOfTags, mp3Header } from './mp3-frames.ts';
import { UNKNOWN_BYTES, whatItResembles } from './resembles.ts';
import { openInput } from './sound.ts';
import { allSilent, tooManyPackets } from './weight.ts';

/** What a file contains, by its bytes alone: names and Content-Types are ignored. */
export type Probe = { kind: 'unfit'; reason: string; unknown?: true } | Probed;
export interface Probed {
  kind: 'audio';
  /** file-type's name of the container. */
  container: string;
  facts: AudioFacts;
  /** The length in the header, where it has one; `facts.seconds` is the length of what exists. */
  promisedSeconds?: number;
  /** The naming under which Linq accepts the file as it is. */
  takenAs?: Naming;
  /** Whether the built-in decoders can decode the file; `failure` says why not. */
  decodable: boolean;
  failure?: string;
  /** Uncompressed samples: their bytes were counted, and decoding shows nothing new. */
  uncompressed?: boolean;
  /** How many bytes before the sound do not belong to it. */
  start?: number;
  /** `facts.seconds` was counted packet by packet, and all packets exist. */
  counted?: boolean;
  video: boolean;
}

/** Probes a file; if its beginning makes no sense, searches for the place where sound begins. */
export const probe = async (file: AudioFile): Promise<Probe> => {
  const first = await lookAt(file);
  if (first.kind === 'audio' ? isClear(first) : !first.unknown) return first;
  const start = await findStream(file);
  if (!start) return first;
  const second = await lookAt(fileFrom(file, start));
  if (second.kind === 'unfit' || !second.facts.codec || !second.facts.seconds) return first;
  // The header belongs to another file inside this one.
  if ((second.promisedSeconds ?? 0) > 2 * second.facts.seconds) return first;
  return { ...second, start, facts: { ...second.facts, bytes: file.bytes } };
};

/** file-type may take two bytes for MP3 or AAC. MP3 in a WAV is read as MP3. */
const isClear = ({ container, facts }: Probed): boolean =>
  container === 'wav'
    ? facts.codec !== 'mp3'
    : !['mp3', 'aac'].includes(container) || (facts.codec !== undefined && (facts.seconds ?? 0) > 0);

const lookAt = async (file: AudioFile): Promise<Probe> => {
  const head = await file.read(0, Math.min(file.bytes, HEAD_BYTES));
  const found = byMagic(head) ?? (await fileTypeFromBuffer(head));
  if (!found || found.mime === 'application/xml') return unknown(head);
  const container = found.ext;
  const type = found.mime.split(';')[0] ?? found.mime;
  if (!MEDIA.test(type)) return { kind: 'unfit', reason: `not audio: ${type}` };

  const mp3 = container === 'mp3' ? await mp3Header(file) : undefined;
  const header = hasReader(container) ? await readHeader(file) : mp3;
  if (hasReader(container) && !header) return unknown(head);
  const tried = header ? undefined : await lookInside(file, container).catch(failureOf);
  if (tried === 'silent film') return { kind: 'unfit', reason: 'not audio: a video without sound' };
  const inside = tried && !('failure' in tried) ? tried : undefined;
  const pause = header?.pauses ? allSilent(header.seconds ?? 0, 0) : undefined;
  const unfit = tooManyPackets(inside?.packets ?? 0) ?? pause;
  if (unfit) return { kind: 'unfit', reason: unfit };
  const sound = { video: false, sizesTrue: true, counted: header !== undefined, ...inside, ...header };
  return {
    ...described(sound, { container, type, bytes: file.bytes }),
    decodable: header ? header.pcm !== undefined || mp3 !== undefined : isDecodable(inside?.codec ?? ''),
    ...(tried && 'failure' in tried && tried),
    ...(header?.pcm && { uncompressed: true }),
  };
};

/** A probe from what a header, or mediabunny, says of the sound. */
const described = (
  sound: Omit<Inside, 'packets'>,
  { container, type, bytes }: { container: string; type: string; bytes: number },
): Omit<Probed, 'decodable'> => {
  const { sampleRate, channels, seconds, video, counted } = sound;
  const codec = sound.codec?.replace(/[^\x21-\x7e]+/g, '').slice(0, 32); // a Matroska may call it anything
  const promisedSeconds = countable(sound.promisedSeconds);
  const naming = takenAs(container, sound);
  const facts: AudioFacts = {
    type: naming?.type ?? type,
    bytes,
    ...(codec !== undefined && { codec }),
    ...(sampleRate !== undefined && { sampleRate: countable(sampleRate) ?? 0 }),
    ...(channels !== undefined && { channels }),
    ...(seconds !== undefined && { seconds: Math.round((countable(seconds) ?? 0) * 1000) / 1000 }),
  };
  return {
    kind: 'audio',
    container,
    facts,
    ...(promisedSeconds !== undefined && { promisedSeconds }),
    ...(naming && { takenAs: naming }),
    ...(counted && { counted: true }),
    video,
  };
};

/** A fraction in a header may be no number, or larger than a row can store. */
const countable = (value: number | undefined): number | undefined =>
  value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;

/** An error of mediabunny is kept as a reason: another engine may read the file. */
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

/** Formats that file-type does not know: WAV in big-endian or over four gigabytes, AU and W64. */
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
  /** Roughly how many packets there are, where there are too many to count. */
  packets?: number;
  counted: boolean;
  video: boolean;
  sizesTrue: boolean;
};

/** The sound that mediabunny finds; undefined where it cannot read the container or the start of the sound. */
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
  const seconds = walked ?? (await lengthOf(track).catch(() => undefined)); // decoding everything will show a damaged end
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

/** Half an hour of packets of 20 ms. Counting more packets would take longer than decoding them. */
const MAX_WALKED_PACKETS = 100_000;
/** In a large file, packets are only counted to estimate their number. */
const MAX_WALKED_OF_LARGE = 10_000;

/** Reads packets one after the other and adds up their length; only the first ones of a file with very many. */
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

/** The packets up to the first incomplete one: a table may name packets behind the end of a file that was cut off. */
async function* readable(track: InputTrack, options: { metadataOnly?: boolean } = {}): AsyncGenerator<EncodedPacket> {
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, options);
  for (;;) {
    const next = await packets.next().catch(() => undefined);
    if (!next || next.done) return;
    yield next.value;
  }
}

/** The length that the file declares apart from its sound. */
const promiseOf = async (
  track: InputAudioTrack,
  container: string,
  sampleRate: number,
  file: AudioFile,
): Promise<number | undefined> => {
  if (isOgg(container)) {
    const granule = await lastGranule(file);
    const rate = container === 'opus' ? 48_000 : sampleRate; // Opus always counts at 48 kHz
    return granule === undefined ? undefined : granule / rate;
  }
  if (container === 'mp3') return undefined; // its frames were not found: mediabunny guesses from the first
  return (await track.getDurationFromMetadata()) ?? undefined;
};

/** No engine finds sound in an error page. Of other bytes the second engine may know more. */
const unknown = (head: Uint8Array): Probe => {
  const what = whatItResembles(head);
  return { kind: 'unfit', reason: `not audio: ${what}`, ...(what === UNKNOWN_BYTES && { unknown: true }) };
};
