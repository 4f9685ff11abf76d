import type { AudioFile } from '../core/ports/ports.ts';
import { aiffHeader } from './aiff-header.ts';
import { amrHeader } from './amr-header.ts';
import { auHeader } from './au-header.ts';
import { ascii, headOnce } from './bytes.ts';
import { cafHeader } from './caf-header.ts';
import type { Header } from './header.ts';
import { wavHeader } from './wav-header.ts';

/** The containers whose headers are read here, by file-type's word for them and their first four bytes. */
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

/** Whether a container's header is read here, and so by no library. */
export const hasReader = (container: string): boolean => Object.hasOwn(READERS, container);

/** The header of a file in one of the containers above; undefined where it has none that makes sense. */
export const readHeader = async (given: AudioFile): Promise<Header | undefined> => {
  const file = await headOnce(given);
  const magic = ascii(await file.read(0, Math.min(4, file.bytes)), 0, 4);
  const container = Object.hasOwn(MAGIC, magic) ? MAGIC[magic] : undefined;
  return container ? await READERS[container]?.(file) : undefined;
};
