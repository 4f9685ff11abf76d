import { existsSync } from 'node:fs';
import { findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import { readEnvironment } from '../../functions/config.ts';
import { diskFault } from '../../local/cloud/disk.ts';
import { readSettings } from '../../local/settings.ts';
import { sentenceOf } from '../base/failure.ts';
import type { Check, DoctorInput } from './check.ts';

/** The disk and the programs of this machine that a local bridge uses. */
export const checkMachine = (input: DoctorInput): Check[] => {
  const { context, target } = input;
  if (context.stage !== undefined || target?.kind === 'address') return [];
  return [...checkDisk(input), ...checkFfmpeg(input)];
};

/** The data folder of the local bridge. On a full disk nothing can be stored, so each webhook is answered 503. */
const checkDisk = ({ context, target }: DoctorInput): Check[] => {
  if (target?.kind !== 'local') return [];
  const { AFTERCALL_DATA } = readSettings(context.runtime.environment);
  const fault = existsSync(AFTERCALL_DATA) ? diskFault(AFTERCALL_DATA)() : undefined;
  if (fault === undefined) return [];
  const says = `${fault}: nothing can be stored, and webhooks are answered 503, so that they come again`;
  const fix = `make room on the disk (df -h ${AFTERCALL_DATA} shows it), then stop npm start and run it again`;
  return [{ area: 'machine', what: 'disk', state: 'fault', says, fix }];
};

const checkFfmpeg = ({ context }: DoctorInput): Check[] => {
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
