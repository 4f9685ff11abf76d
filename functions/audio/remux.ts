import { BufferTarget, EncodedAudioPacketSource, EncodedPacketSink, Mp4OutputFormat, Output } from 'mediabunny';
import { MAX_MEMO_BYTES } from '../core/audio.ts';
import type { AudioFile } from '../core/ports.ts';
import { cannotRead } from './cannot-read.ts';
import { openInput } from './sound.ts';

/** A packet's rows in an M4A's tables, at the most. */
const TABLE_BYTES = 16;
const OVERHEAD_BYTES = 16_384;

/**
 * Puts a file's AAC into M4A, packet by packet, in as many equal parts as the size asks for. Nothing is decoded.
 * @returns undefined, with nothing kept, where that would be more than `maxParts`
 */
export const remuxAac = async (
  file: AudioFile,
  maxParts: number,
  keep: (part: Uint8Array<ArrayBuffer>, seconds: number) => Promise<void>,
): Promise<{ seconds: number } | undefined> => {
  using input = openInput(file);
  const track = await input.getPrimaryAudioTrack();
  const decoderConfig = await track?.getDecoderConfig();
  if (!track || !decoderConfig) throw cannotRead('there is no sound in it');
  const sink = new EncodedPacketSink(track);

  let [packets, bytes, end] = [0, 0, 0];
  let start: number | undefined;
  for await (const packet of sink.packets(undefined, undefined, { metadataOnly: true })) {
    packets += 1;
    bytes += packet.byteLength;
    start ??= packet.timestamp;
    end = packet.timestamp + packet.duration;
  }
  if (start === undefined) throw cannotRead('there is no sound in it');
  const parts = Math.ceil((bytes + packets * TABLE_BYTES + OVERHEAD_BYTES) / MAX_MEMO_BYTES);
  if (parts > maxParts) return undefined;
  const partSeconds = (end - start) / parts;

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
    // A table may name packets behind the end of a file that was cut off: what came before is whole.
    if (!part) throw error;
  }
  await part?.close(keep);
  return { seconds: heard };
};

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
    async close(keep: (part: Uint8Array<ArrayBuffer>, seconds: number) => Promise<void>) {
      await output.finalize();
      if (!target.buffer) throw new Error('the muxer gave nothing');
      const bytes = new Uint8Array(target.buffer);
      bytes.set(M4A_BRAND, 8); // mediabunny writes `isom`, which says video to whoever looks at the first bytes
      await keep(bytes, seconds);
    },
  };
};

const M4A_BRAND = new TextEncoder().encode('M4A ');
