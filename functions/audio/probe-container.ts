import { type EncodedPacket, EncodedPacketSink, type InputAudioTrack, type InputTrack } from 'mediabunny';
import { type AudioFacts, MAX_MEMO_BYTES } from '../core/model/audio.ts';
import type { AudioFile } from '../core/ports/ports.ts';
import { lastGranule, mediaBytes } from './extent.ts';
import { isOgg } from './formats.ts';
import { endOfTags, mp3Header } from './mp3-frames.ts';
import { openInput } from './sound.ts';

export type Inside = Pick<AudioFacts, 'codec' | 'sampleRate' | 'channels' | 'seconds'> & {
  promisedSeconds?: number;
  /** Roughly how many packets there are, where there are too many to count. */
  packets?: number;
  counted: boolean;
  video: boolean;
  sizesTrue: boolean;
};

/** The sound that mediabunny finds; undefined where it cannot read the container or the start of the sound. */
export const probeContainer = async (
  file: AudioFile,
  container: string,
): Promise<Inside | 'silent film' | undefined> => {
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
  // Decoding everything will show a damaged end.
  const seconds = walked ?? (await lengthOf(track).catch(() => undefined));
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
  if (container === 'mp3') return undefined; // its frames were not found: mediabunny would guess from the first frame
  return (await track.getDurationFromMetadata()) ?? undefined;
};

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
