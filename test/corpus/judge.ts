import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HireEngine } from '../../functions/audio/engine-threads.ts';
import { audioFitter } from '../../functions/audio/fit.ts';
import { isShort } from '../../functions/audio/plan.ts';
import { AUDIO_RULES, NOT_TAKEN } from '../../functions/core/model/audio.ts';
import type { AudioDecoder, Fitted, FittedPart } from '../../functions/core/ports/ports.ts';

/** What happened to one file, and the fault in that. */
export interface Verdict {
  file: string;
  engines: 'without ffmpeg' | 'with ffmpeg';
  did: 'passed' | 'remuxed' | 'converted' | 'rejected';
  /** The reason of a rejection, or the notes. */
  said: string;
  /** Seconds that ffmpeg decodes from the original, and from everything that would be sent. */
  heard: number;
  sent: number;
  fault?: string;
  ms: number;
}

export interface JudgeOptions {
  /** An ffmpeg that decodes every format it knows. */
  path: string;
  /** The second engine of one of the two fitters. */
  ffmpeg: AudioDecoder;
  engine: HireEngine;
}

/** Judges a file with two fitters, one of which has ffmpeg. */
export const judge = ({ path, ffmpeg, engine }: JudgeOptions) => {
  const fitterWith = (second: AudioDecoder | undefined) =>
    audioFitter({
      engine,
      ffmpeg: second,
      rules: AUDIO_RULES,
      clock: { nowMs: Date.now },
    });
  const fitters = { 'without ffmpeg': fitterWith(undefined), 'with ffmpeg': fitterWith(ffmpeg) } as const;

  return async (file: string): Promise<Verdict[]> => {
    const bytes = new Uint8Array(readFileSync(file));
    const heard = await decodedSeconds(path, bytes);
    return Promise.all(
      (['without ffmpeg', 'with ffmpeg'] as const).map(async (engines): Promise<Verdict> => {
        const begun = Date.now();
        const fitted = await fitters[engines].fit(
          { bytes: bytes.length, read: async (start, end) => bytes.slice(start, end) },
          async (part) => part,
          new AbortController().signal,
        );
        const ms = Date.now() - begun;
        const sent = await sentSeconds(path, fitted, bytes);
        const fault = faultOf(fitted, { sent, heard, hasFfmpeg: engines === 'with ffmpeg' });
        const said = fitted.kind === 'unfit' ? fitted.reason : (fitted.fitting.notes ?? []).join('; ');
        const did = fitted.kind === 'unfit' ? 'rejected' : fitted.fitting.done;
        return { file, engines, did, said, heard, sent, ...(fault && { fault }), ms };
      }),
    );
  };
};

/** The fault in a verdict; undefined where there is no fault. */
const faultOf = (
  fitted: Fitted<FittedPart>,
  { sent, heard, hasFfmpeg }: { sent: number; heard: number; hasFfmpeg: boolean },
): string | undefined => {
  if (fitted.kind === 'unfit')
    return heard < AUDIO_RULES.minSeconds || isTrueReason(fitted.reason, heard, hasFfmpeg)
      ? undefined
      : `rejected, but ffmpeg hears ${heard.toFixed(1)} s`;
  if (sent < AUDIO_RULES.minSeconds) return `sent, but ${sent.toFixed(1)} s can be heard`;
  return isShort(sent, heard) || isShort(heard, sent)
    ? `${sent.toFixed(1)} s are sent where ffmpeg hears ${heard.toFixed(1)}`
    : undefined;
};

/**
 * A reason that is true although ffmpeg decodes sound: its number equals ffmpeg's, or it names an unsupported format.
 */
const isTrueReason = (reason: string, heard: number, hasFfmpeg: boolean): boolean => {
  const [, first, second] = /([\d.]+) of ([\d.]+) s can be heard$/.exec(reason) ?? [];
  if (first !== undefined && second !== undefined)
    return isShort(Number(first), Number(second)) && (!hasFfmpeg || Math.abs(Number(first) - heard) <= 0.5);
  const short = /^too short: ([\d.]+) s of sound$/.exec(reason)?.[1];
  if (short !== undefined) return Math.abs(Number(short) - heard) <= 0.5;
  if (/^a sample rate of \d+ Hz$|^too long: /.test(reason) || reason.includes(NOT_TAKEN)) return true;
  return !hasFfmpeg && /ffmpeg layer|no ffmpeg|without ffmpeg/.test(reason);
};

const sentSeconds = async (path: string, fitted: Fitted<FittedPart>, bytes: Uint8Array): Promise<number> => {
  if (fitted.kind === 'unfit') return 0;
  let seconds = 0;
  for (const part of fitted.kind === 'made' ? fitted.parts.map((made) => made.bytes) : [bytes])
    seconds += await decodedSeconds(path, part);
  return seconds;
};

const RATE = 8000;
/**
 * Seconds of sound that ffmpeg decodes, with all its formats, from a file that it can seek in; 0 where it decodes none.
 */
const decodedSeconds = async (path: string, bytes: Uint8Array): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'aftercall-corpus-'));
  try {
    const input = join(folder, 'recording'); // without an extension, because ffmpeg would believe it
    writeFileSync(input, bytes);
    const output = ['-map', '0:a:0', '-ac', '1', '-ar', `${RATE}`, '-f', 's16le', 'pipe:1'];
    const child = spawn(path, ['-v', 'quiet', '-nostdin', '-i', input, ...output], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 120_000,
    });
    const ended = new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
    let length = 0;
    for await (const chunk of child.stdout) length += chunk.length;
    await ended;
    return length / 2 / RATE;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
