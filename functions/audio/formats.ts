import type { AudioFacts } from '../core/model/audio.ts';
import type { DecodeOptions } from '../core/ports/ports.ts';

/** Extension and Content-Type of a file for Linq: both must match the content (error 5006). */
export interface Naming {
  extension: string;
  type: string;
}

export const MP3: Naming = { extension: 'mp3', type: 'audio/mpeg' };
export const M4A: Naming = { extension: 'm4a', type: 'audio/x-m4a' };

/** What Linq accepts as it is, by file-type's name of the container; `plays` allows the codecs that iMessage plays. */
const TAKEN: Readonly<Record<string, Naming & { plays(sound: Sound): boolean }>> = {
  mp3: { ...MP3, plays: ({ codec }) => codec === 'mp3' },
  m4a: { ...M4A, plays: ({ codec, video }) => codec === 'aac' && !video },
  aac: { extension: 'aac', type: 'audio/aac', plays: ({ codec }) => codec === 'aac' },
  wav: { extension: 'wav', type: 'audio/wav', plays: (sound) => sound.sizesTrue && isPlainPcm(sound) },
  aif: { extension: 'aiff', type: 'audio/aiff', plays: (sound) => sound.sizesTrue && isPlainPcm(sound) },
  amr: { extension: 'amr', type: 'audio/amr', plays: ({ codec, sizesTrue }) => codec === 'amr' && sizesTrue },
  // Linq converts CAF to M4A. These are the codecs that Core Audio, the owner of the format, has always read.
  caf: {
    extension: 'caf',
    type: 'audio/x-caf',
    plays: ({ codec = '', sizesTrue }) =>
      sizesTrue && ['lpcm', 'aac', 'alac', 'ima4', 'ulaw', 'alaw', 'opus'].includes(codec),
  },
};

export interface Sound extends Pick<AudioFacts, 'codec' | 'sampleRate' | 'channels'> {
  video: boolean;
  sizesTrue: boolean;
}

/** The naming of a file that Linq accepts as it is; undefined where the file must be made fit. */
export const takenAs = (container: string, sound: Sound): Naming | undefined => {
  const found = Object.hasOwn(TAKEN, container) ? TAKEN[container] : undefined;
  return found?.plays(sound) ? { extension: found.extension, type: found.type } : undefined;
};

function isPlainPcm({ codec = '', sampleRate = 0, channels = 0 }: Sound): boolean {
  return /^pcm-(u8|s(8|16|24|32))$/.test(codec) && channels <= 2 && sampleRate >= 8000 && sampleRate <= 48_000;
}

/** MP4 and related containers, by file-type's names. */
export const isLikeMp4 = (container: string): boolean =>
  ['m4a', 'mp4', 'mov', '3gp', '3g2', 'm4b', 'm4v', 'f4v', 'f4a'].includes(container);

/** Whether AAC can be taken out of a container packet by packet. */
export const holdsAac = (container: string): boolean =>
  isLikeMp4(container) || container === 'aac' || container === 'mkv';

/**
 * How the second engine decodes a container. MP3 and ADTS have no timestamps, and WMA has one timestamp for a packet
 * of several frames. An apparent gap is therefore no pause; at most, it is sound that could not be decoded.
 */
export const hearingOf = (container: string): DecodeOptions => ({
  closeGaps: ['mp3', 'aac', 'asf'].includes(container),
});

/** The same, but also decodes the sound that the file's edit list leaves out. */
export const wholeHearingOf = (container: string): DecodeOptions => ({
  ...hearingOf(container),
  ignoreEdits: isLikeMp4(container),
});

/** An Ogg file may contain a chain of streams, of which mediabunny reads only the first. */
export const isOgg = (container: string): boolean => ['ogg', 'oga', 'opus', 'spx'].includes(container);
