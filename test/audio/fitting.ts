import { ffmpegDecoder, findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import { asCannotRead } from '../../functions/audio/cannot-read.ts';
import { engine } from '../../functions/audio/engine.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { AUDIO_RULES, type AudioRules } from '../../functions/core/model/audio.ts';
import type { AudioFile, FittedPart } from '../../functions/core/ports/ports.ts';
import { call, fileOf } from './calls.ts';

export { allCalls as facts, fileOf } from './calls.ts';

export const readCall = (name: string): Buffer => Buffer.from(call(name));

/** An installed ffmpeg, such as Debian's. Without ffmpeg, tests that need it do not run. */
export const ffmpegPath = findFfmpeg({ FFMPEG_PATH: process.env.FFMPEG_PATH, PATH: process.env.PATH ?? '' });
export const ffmpeg = ffmpegPath === undefined ? undefined : ffmpegDecoder({ path: ffmpegPath });

/** The engine in this thread; its errors look as if a separate thread had reported them. */
export const engineHere = new Proxy(engine, {
  get: (target, name, receiver) => {
    const method = Reflect.get(target, name, receiver);
    return async (...given: unknown[]) => {
      try {
        return await Reflect.apply(method, target, given);
      } catch (error) {
        throw asCannotRead(error);
      }
    };
  },
});

/** Makes a recording fit. The shortest length is low because some fixtures are a quarter of a second. */
export const makeFit = (
  bytes: Uint8Array | AudioFile,
  { rules = {}, second }: { rules?: Partial<AudioRules>; second?: typeof ffmpeg } = {},
) => {
  const fitter = audioFitter({
    engine: () => engineHere,
    ffmpeg: second,
    rules: { ...AUDIO_RULES, minSeconds: 0.1, ...rules },
    clock: { nowMs: Date.now },
  });
  const file = bytes instanceof Uint8Array ? fileOf(bytes) : bytes;
  return fitter.fit(file, async (part: FittedPart) => part, new AbortController().signal);
};
