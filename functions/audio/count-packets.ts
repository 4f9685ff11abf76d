import type { AudioFile } from '../core/ports/ports.ts';
import { isLikeMp4, isOgg } from './formats.ts';
import { countMatroskaPackets } from './matroska-packets.ts';
import { countMp4Packets } from './mp4-packets.ts';
import { countOggPackets } from './ogg-packets.ts';
import type { PacketCount } from './packet-count.ts';

/** The packets of a file, by its pages, table or blocks; undefined of other containers, and of what cannot be read. */
export const countPackets = async (file: AudioFile, container: string): Promise<PacketCount | undefined> => {
  if (isOgg(container)) return countOggPackets(file);
  if (isLikeMp4(container)) return countMp4Packets(file);
  return container === 'mkv' || container === 'webm' ? countMatroskaPackets(file) : undefined;
};
