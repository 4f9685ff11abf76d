import type { AudioFile } from './ports.ts';

/** More than the header of any format, less than a second of any call. */
const MAX_HEADER_BYTES = 1024;
/** How WAV, AIFF, CAF, Ogg, FLAC, MP3 with a tag, Matroska and AMR begin. */
const BEGINNINGS = ['RIFF', 'RF64', 'FORM', 'caff', 'OggS', 'fLaC', 'ID3', '\x1aE\xdf\xa3', '#!AMR'];

/** Whether a file holds nothing, or a format's header and no more: what some storages give while a recording is still written. */
export const isOnlyBegun = async (file: AudioFile): Promise<boolean> => {
  if (file.bytes === 0) return true;
  if (file.bytes > MAX_HEADER_BYTES) return false;
  const head = Buffer.from(await file.read(0, Math.min(12, file.bytes))).toString('latin1');
  return BEGINNINGS.some((beginning) => head.startsWith(beginning)) || head.slice(4, 8) === 'ftyp';
};
