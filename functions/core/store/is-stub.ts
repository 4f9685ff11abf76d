import type { Recording } from '../model/recording.ts';
import type { AudioFile, Fitted } from '../ports/ports.ts';

/** Larger than the header of any format, and less than a second of any call. */
const MAX_HEADER_BYTES = 1024;
/** How WAV, AIFF, CAF, Ogg, FLAC, MP3 with a tag, Matroska and AMR begin. */
const BEGINNINGS = ['RIFF', 'RF64', 'FORM', 'caff', 'OggS', 'fLaC', 'ID3', '\x1aE\xdf\xa3', '#!AMR'];

/**
 * Why a file looks like the stub that some hosts serve while they still write the recording: empty, only a header, or
 * far too little sound. Undefined where the file looks complete.
 */
export const isStub = async (
  file: AudioFile,
  fitted: Fitted<unknown>,
  { durationSeconds = 0 }: Pick<Recording, 'durationSeconds'>,
): Promise<string | undefined> => {
  const { seconds } = fitted.original;
  const isPart = seconds !== undefined && durationSeconds >= LEAST_SECONDS && seconds < durationSeconds * STUB_PART;
  if (isPart) return `only ${Math.round(seconds * 10) / 10} of ${Math.round(durationSeconds)} s are there yet`;
  // A call that was hung up at once is as short as its own header says, and is complete.
  return fitted.kind === 'unfit' && (fitted.mayGrow || (await isOnlyBegun(file))) ? fitted.reason : undefined;
};

/**
 * A smaller part of the event's duration is a stub. Some sources count the ringing too, so a short file may be
 * complete.
 */
const STUB_PART = 1 / 10;
const LEAST_SECONDS = 10;

/** Whether a file holds nothing, or a format's header and no more. */
const isOnlyBegun = async (file: AudioFile): Promise<boolean> => {
  if (file.bytes === 0) return true;
  if (file.bytes > MAX_HEADER_BYTES) return false;
  const head = Buffer.from(await file.read(0, Math.min(12, file.bytes))).toString('latin1');
  return BEGINNINGS.some((beginning) => head.startsWith(beginning)) || head.slice(4, 8) === 'ftyp';
};
