import type { AudioFile } from '../core/ports.ts';
import { ascii, viewOf } from './bytes.ts';

/** Each is a read of its own; a fragmented file has two for each of its fragments. */
const MAX_BOXES = 10_000;

/** The bytes of a file that can be sound: of an MP4 those in its `mdat` boxes, of anything else all. */
export const mediaBytes = async (file: AudioFile): Promise<number> => {
  let bytes = 0;
  for (let [at, boxes] = [0, 0]; at + 16 <= file.bytes; boxes += 1) {
    if (boxes === MAX_BOXES) return bytes + file.bytes - at; // what follows is looked into by whoever decodes it
    const box = await file.read(at, at + 16);
    const short = viewOf(box).getUint32(0);
    const size = short === 1 ? Number(viewOf(box).getBigUint64(8)) : short === 0 ? file.bytes - at : short;
    if (at === 0 && ascii(box, 4, 4) !== 'ftyp') return file.bytes;
    if (size < 8) break;
    if (ascii(box, 4, 4) === 'mdat') bytes += Math.min(size, file.bytes - at) - 8;
    at += size;
  }
  return bytes;
};

/** The last granule position of an Ogg file in samples: where its last page says that it ends (RFC 3533, 6). */
export const lastGranule = async (file: AudioFile): Promise<number | undefined> => {
  const tail = await file.read(Math.max(0, file.bytes - MAX_OGG_PAGE_BYTES), file.bytes);
  const at = Buffer.from(tail).lastIndexOf('OggS');
  if (at < 0 || at + 14 > tail.length) return undefined;
  const granule = Number(viewOf(tail).getBigInt64(at + 6, true));
  return granule > 0 ? granule : undefined;
};
const MAX_OGG_PAGE_BYTES = 65_307;
