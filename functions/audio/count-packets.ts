import type { AudioFile } from '../core/ports/ports.ts';
import { isLikeMp4, isOgg } from './formats.ts';
import { countMatroskaPackets } from './matroska-packets.ts';
import { countMp4Packets } from './mp4-packets.ts';
import { countOggPackets } from './ogg-packets.ts';
import type { PacketCount } from './packet-count.ts';

/** Counts packets by Ogg's pages, MP4's table or Matroska's blocks; undefined for other or unreadable containers. */
export const countPackets = async (file: AudioFile, container: string): Promise<PacketCount | undefined> => {
  if (isOgg(container)) return countOggPackets(file);
  if (isLikeMp4(container)) return countMp4Packets(file);
  return container === 'mkv' || container === 'webm' ? countMatroskaPackets(file) : undefined;
};
