import { findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import { readEnvironment } from '../../functions/config.ts';
import { sentenceOf } from '../base/failure.ts';
import type { Check, Patient } from './check.ts';

/** What a local bridge needs of this machine. */
export const checkMachine = ({ kit, place }: Patient): Check[] => {
  if (kit.stage !== undefined || place?.kind === 'address') return [];
  const ffmpeg = { area: 'machine' as const, what: 'ffmpeg' };
  try {
    const found = findFfmpeg(readEnvironment(kit.surroundings.environment, ['FFMPEG_PATH', 'PATH']));
    if (found) return [{ ...ffmpeg, state: 'ok', says: found }];
    const says = 'is absent: ADPCM, GSM, Vorbis and WMA are rejected';
    return [{ ...ffmpeg, state: 'note', says, mend: 'install ffmpeg, or set FFMPEG_PATH' }];
  } catch (error) {
    return [
      { ...ffmpeg, state: 'fault', says: sentenceOf(error), mend: 'unset FFMPEG_PATH, or have it name an ffmpeg' },
    ];
  }
};
