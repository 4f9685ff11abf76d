import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, viewOf } from './bytes.ts';
import { endOfTags } from './mp3-frames.ts';

/** Each box costs one read; a fragmented file has two boxes for each fragment. */
const MAX_BOXES = 10_000;

interface Box {
  type: string;
  start: number;
  bytes: number;
}

/** The outermost boxes of an MP4; none for any other file. */
async function* boxesOf(file: AudioFile): AsyncGenerator<Box> {
  for (let [at, boxes] = [0, 0]; at + 16 <= file.bytes; boxes += 1) {
    // All further bytes count as media; the decoder checks them.
    if (boxes === MAX_BOXES) return yield { type: 'mdat', start: at, bytes: file.bytes - at + 8 };
    const box = await file.read(at, at + 16);
    const short = viewOf(box).getUint32(0);
    const size = short === 1 ? Number(viewOf(box).getBigUint64(8)) : short === 0 ? file.bytes - at : short;
    if (size < 8 || (at === 0 && ascii(box, 4, 4) !== 'ftyp')) return;
    yield { type: ascii(box, 4, 4), start: at, bytes: Math.min(size, file.bytes - at) };
    at += size;
  }
}

/**
 * How many bytes of a file can be sound: of an MP4 those in its `mdat` boxes, of other files those behind the texts.
 */
export const mediaBytes = async (file: AudioFile): Promise<number> => {
  let bytes: number | undefined;
  for await (const box of boxesOf(file)) bytes = (bytes ?? 0) + (box.type === 'mdat' ? box.bytes - 8 : 0);
  return bytes ?? file.bytes - (await endOfTexts(file));
};

/** Whether an MP4 has fragments, each with a table of its own. */
export const isFragmented = async (file: AudioFile): Promise<boolean> => {
  for await (const { type } of boxesOf(file)) if (type === 'moof') return true;
  return false;
};

/** The end of the texts and pictures in front of the sound of a FLAC or an Ogg, of any size; 0 for other files. */
const endOfTexts = async (file: AudioFile): Promise<number> => {
  const start = await endOfTags(file);
  const magic = ascii(await file.read(start, Math.min(file.bytes, start + 4)), 0, 4);
  const end = magic === 'fLaC' ? await endOfBlocks(file, start + 4) : magic === 'OggS' ? await endOfHeaders(file) : 0;
  return Math.min(end, file.bytes);
};
const MAX_TEXTS = 1000;

/** The end of FLAC's metadata blocks; the last block has a mark (RFC 9639, 8.1). */
const endOfBlocks = async (file: AudioFile, start: number): Promise<number> => {
  let at = start;
  for (let [count, isLast] = [0, false]; !isLast && count < MAX_TEXTS && at + 4 <= file.bytes; count += 1) {
    const head = viewOf(await file.read(at, at + 4)).getUint32(0);
    isLast = head >= 0x8000_0000;
    at += 4 + (head & 0xff_ffff);
  }
  return at;
};

/** The end of Ogg's header pages. Their granule position is 0, or −1 if no packet ends in the page (RFC 3533, 6). */
const endOfHeaders = async (file: AudioFile): Promise<number> => {
  let [at, end] = [0, 0];
  for (let count = 0; count < MAX_TEXTS && at + 27 <= file.bytes; count += 1) {
    const page = await file.read(at, Math.min(file.bytes, at + 27 + 255));
    const granule = viewOf(page).getBigInt64(6, true);
    if (ascii(page, 0, 4) !== 'OggS' || granule > 0n) break;
    const segments = page[26] ?? 0;
    at += 27 + segments + page.subarray(27, 27 + segments).reduce((sum, bytes) => sum + bytes, 0);
    if (granule === 0n) end = at;
  }
  return end;
};

/** The last granule position of an Ogg file, in samples: the end of the sound by its last page (RFC 3533, 6). */
export const lastGranule = async (file: AudioFile): Promise<number | undefined> => {
  const tail = await file.read(Math.max(0, file.bytes - MAX_OGG_PAGE_BYTES), file.bytes);
  const at = Buffer.from(tail).lastIndexOf('OggS');
  if (at < 0 || at + 14 > tail.length) return undefined;
  const granule = Number(viewOf(tail).getBigInt64(at + 6, true));
  return granule > 0 ? granule : undefined;
};
const MAX_OGG_PAGE_BYTES = 65_307;
