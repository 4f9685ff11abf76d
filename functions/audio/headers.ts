import type { AudioFile } from '../core/ports/ports.ts';
import { aiffHeader } from './aiff-header.ts';
import { amrHeader } from './amr-header.ts';
import { auHeader } from './au-header.ts';
import { ascii, headOnce } from './bytes.ts';
import { cafHeader } from './caf-header.ts';
import type { Header } from './header.ts';
import { wavHeader } from './wav-header.ts';

/** The containers whose headers this code reads, by file-type's name and by their first four bytes. */
const READERS: Readonly<Record<string, (file: AudioFile) => Promise<Header | undefined>>> = {
  wav: wavHeader,
  aif: aiffHeader,
  caf: cafHeader,
  amr: amrHeader,
  au: auHeader,
};
const MAGIC: Readonly<Record<string, string>> = {
  ...{ RIFF: 'wav', RIFX: 'wav', RF64: 'wav', BW64: 'wav', FORM: 'aif', caff: 'caf', '#!AM': 'amr', '.snd': 'au' },
};

/** Whether this code, and no library, reads a container's header. */
export const hasReader = (container: string): boolean => Object.hasOwn(READERS, container);

/** The header of a file in one of these containers; undefined where it cannot be read. */
export const readHeader = async (given: AudioFile): Promise<Header | undefined> => {
  const file = await headOnce(given);
  const magic = ascii(await file.read(0, Math.min(4, file.bytes)), 0, 4);
  const container = Object.hasOwn(MAGIC, magic) ? MAGIC[magic] : undefined;
  return container ? await READERS[container]?.(file) : undefined;
};
