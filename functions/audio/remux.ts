import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  type Input,
  Mp4OutputFormat,
  Output,
} from 'mediabunny';
import { MAX_MEMO_BYTES } from '../core/model/audio.ts';
import type { AudioFile } from '../core/ports/ports.ts';
import { cannotRead } from './cannot-read.ts';
import { isFragmented, mediaBytes } from './extent.ts';
import { tenths } from './plan.ts';
import { openInput } from './sound.ts';

/** The most bytes for a packet in an M4A's tables. */
const TABLE_BYTES = 16;
const OVERHEAD_BYTES = 16_384;

type Keep = (part: Uint8Array<ArrayBuffer>, seconds: number) => Promise<void>;

/**
 * Puts a file's AAC into M4A, packet by packet, in as many equal parts as the size needs. Nothing is decoded.
 * @returns undefined, with nothing kept, where that would be more than `maxParts`
 * @throws AftercallError `unreadable` where there is no sound, or where some of it is in fragments that mediabunny
 * does not read
 */
export const remuxAac = async (
  file: AudioFile,
  maxParts: number,
  keep: Keep,
): Promise<{ seconds: number } | undefined> => {
  using input = openInput(file);
  const track = await input.getPrimaryAudioTrack();
  const decoderConfig = await track?.getDecoderConfig();
  if (!track || !decoderConfig) throw cannotRead('there is no sound in it');
  const sink = new EncodedPacketSink(track);

  const { packets, bytes, start, end } = await measurePackets(sink);
  if (start === undefined) throw cannotRead('there is no sound in it');
  const missing = await hiddenPart(input, file);
  if (missing > 0) {
    const [read, there] = [end - start, (end - start) / (1 - missing)].map(tenths);
    throw cannotRead(`${read} of ${there} s can be read without ffmpeg: the rest stands in fragments behind the table`);
  }
  const parts = Math.ceil((bytes + packets * TABLE_BYTES + OVERHEAD_BYTES) / MAX_MEMO_BYTES);
  if (parts > maxParts) return undefined;
  const partSeconds = (end - start) / parts;
  return { seconds: await copyPackets(sink, decoderConfig, { parts, partSeconds, start }, keep) };
};

const measurePackets = async (sink: EncodedPacketSink) => {
  let [packets, bytes, end] = [0, 0, 0];
  let start: number | undefined;
  for await (const packet of sink.packets(undefined, undefined, { metadataOnly: true })) {
    packets += 1;
    bytes += packet.byteLength;
    start ??= packet.timestamp;
    end = packet.timestamp + packet.duration;
  }
  return { packets, bytes, start, end };
};

/** @returns the seconds that were copied */
const copyPackets = async (
  sink: EncodedPacketSink,
  decoderConfig: AudioDecoderConfig,
  { parts, partSeconds, start }: { parts: number; partSeconds: number; start: number },
  keep: Keep,
): Promise<number> => {
  let part: Awaited<ReturnType<typeof openPart>> | undefined;
  let partStart = start;
  let [heard, opened] = [0, 0];
  try {
    for await (const packet of sink.packets()) {
      if (part && opened < parts && packet.timestamp - partStart >= partSeconds) {
        await part.close(keep);
        part = undefined;
      }
      if (!part) {
        part = await openPart(decoderConfig);
        opened += 1;
        partStart = packet.timestamp;
      }
      await part.add(packet.clone({ timestamp: packet.timestamp - partStart }));
      heard += packet.duration;
    }
  } catch (error) {
    // A table may name packets behind the end of a file that was cut off. The packets before the cut are whole.
    if (!part) throw error;
  }
  await part?.close(keep);
  return heard;
};

/**
 * Some files have a table of samples, and fragments behind the table that mediabunny does not read.
 * @returns the part of the file's media that is in such fragments, from 0 to 1
 */
const hiddenPart = async (input: Input, file: AudioFile): Promise<number> => {
  if (!(await isFragmented(file))) return 0;
  const of = await mediaBytes(file);
  let unread = of;
  for (const track of await input.getTracks())
    for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true }))
      unread -= packet.byteLength;
  return unread > Math.max(SMALL_BYTES, of / 100) ? unread / of : 0;
};
/** Less than half a second of speech in any codec. */
const SMALL_BYTES = 1024;

const openPart = async (decoderConfig: AudioDecoderConfig) => {
  const target = new BufferTarget();
  const output = new Output({ target, format: new Mp4OutputFormat({ fastStart: 'in-memory' }) });
  const source = new EncodedAudioPacketSource('aac');
  output.addAudioTrack(source);
  await output.start();
  let seconds = 0;
  return {
    async add(packet: Parameters<typeof source.add>[0]) {
      await source.add(packet, { decoderConfig });
      seconds += packet.duration;
    },
    async close(keep: Keep) {
      await output.finalize();
      if (!target.buffer) throw new Error('the muxer gave nothing');
      const bytes = new Uint8Array(target.buffer);
      bytes.set(M4A_BRAND, 8); // mediabunny writes `isom`, which some readers take for video
      await keep(bytes, seconds);
    },
  };
};

const M4A_BRAND = new TextEncoder().encode('M4A ');
