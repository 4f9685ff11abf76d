import { findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import { readEnvironment } from '../../functions/config.ts';
import { sentenceOf } from '../base/failure.ts';
import type { Check, DoctorInput } from './check.ts';

/** Programs of this machine that a local bridge uses. */
export const checkMachine = ({ context, target }: DoctorInput): Check[] => {
  if (context.stage !== undefined || target?.kind === 'address') return [];
  const ffmpeg = { area: 'machine' as const, what: 'ffmpeg' };
  try {
    const found = findFfmpeg(readEnvironment(context.runtime.environment, ['FFMPEG_PATH', 'PATH']));
    if (found) return [{ ...ffmpeg, state: 'ok', says: found }];
    const says = 'is absent: ADPCM, GSM, Vorbis and WMA are rejected';
    return [{ ...ffmpeg, state: 'note', says, fix: 'install ffmpeg, or set FFMPEG_PATH' }];
  } catch (error) {
    return [
      { ...ffmpeg, state: 'fault', says: sentenceOf(error), fix: 'unset FFMPEG_PATH, or set it to the path of ffmpeg' },
    ];
  }
};
