import type { AudioFacts } from '../core/model/audio.ts';
import type { DecodeOptions } from '../core/ports/ports.ts';

/** How a file is named to Linq: its extension must match its content (5006), and so must its Content-Type. */
export interface Naming {
  extension: string;
  type: string;
}

export const MP3: Naming = { extension: 'mp3', type: 'audio/mpeg' };
export const M4A: Naming = { extension: 'm4a', type: 'audio/x-m4a' };

/** What Linq takes as it is, by file-type's word for the container: which sound in it iMessage is sure to play. */
const TAKEN: Readonly<Record<string, Naming & { plays(sound: Sound): boolean }>> = {
  mp3: { ...MP3, plays: ({ codec }) => codec === 'mp3' },
  m4a: { ...M4A, plays: ({ codec, video }) => codec === 'aac' && !video },
  aac: { extension: 'aac', type: 'audio/aac', plays: ({ codec }) => codec === 'aac' },
  wav: { extension: 'wav', type: 'audio/wav', plays: (sound) => sound.sizesTrue && isPlainPcm(sound) },
  aif: { extension: 'aiff', type: 'audio/aiff', plays: (sound) => sound.sizesTrue && isPlainPcm(sound) },
  amr: { extension: 'amr', type: 'audio/amr', plays: ({ codec, sizesTrue }) => codec === 'amr' && sizesTrue },
  // Linq makes M4A of it; these are what Core Audio, whose format it is, has always read.
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

/** The name under which Linq takes it as it is; undefined where it has to be made fit. */
export const takenAs = (container: string, sound: Sound): Naming | undefined => {
  const found = Object.hasOwn(TAKEN, container) ? TAKEN[container] : undefined;
  return found?.plays(sound) ? { extension: found.extension, type: found.type } : undefined;
};

function isPlainPcm({ codec = '', sampleRate = 0, channels = 0 }: Sound): boolean {
  return /^pcm-(u8|s(8|16|24|32))$/.test(codec) && channels <= 2 && sampleRate >= 8000 && sampleRate <= 48_000;
}

/** MP4 and what is made like it, by file-type's words. */
export const isLikeMp4 = (container: string): boolean =>
  ['m4a', 'mp4', 'mov', '3gp', '3g2', 'm4b', 'm4v', 'f4v', 'f4a'].includes(container);

/** Whether AAC is taken out of a container packet by packet. */
export const holdsAac = (container: string): boolean =>
  isLikeMp4(container) || container === 'aac' || container === 'mkv';

/**
 * How the second engine hears a container. MP3 and ADTS have no timestamps, and those of WMA are a packet's, in which
 * several frames end: what looks like a gap in them is none, or is sound that could not be decoded.
 */
export const hearingOf = (container: string): DecodeOptions => ({
  closeGaps: ['mp3', 'aac', 'asf'].includes(container),
});

/** The same, where all sound that is in the file is to be heard. */
export const wholeHearingOf = (container: string): DecodeOptions => ({
  ...hearingOf(container),
  ignoreEdits: isLikeMp4(container),
});

/** A chain of streams may stand in one Ogg file, of which mediabunny reads the first alone. */
export const isOgg = (container: string): boolean => ['ogg', 'oga', 'opus', 'spx'].includes(container);
