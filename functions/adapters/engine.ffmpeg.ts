import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { NOT_TAKEN } from '../core/model/audio.ts';
import { AftercallError } from '../core/model/errors.ts';
import type { AudioDecoder, AudioFile, DecodeOptions, Pcm } from '../core/ports/ports.ts';

export interface FfmpegOptions {
  /** The executable. */
  path: string;
  /** The folder for temporary files, in which ffmpeg can seek. */
  folder?: string;
  /** Processor time that one hearing of a file may take. @default 300: six hours of speech take a tenth of it */
  cpuSeconds?: number;
  /** Address space that ffmpeg may take, where the system can bound it (macOS cannot). @default 1 GiB */
  memoryBytes?: number;
}

/** The rate of the decoded sound: enough for speech, and the rate of the best memo. */
const SAMPLE_RATE = 24_000;
const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * ffmpeg as the second engine. It may read only our file or a pipe, and no other protocol: a playlist in a recording
 * would make it open addresses.
 */
export const ffmpegDecoder = ({
  path,
  folder = tmpdir(),
  cpuSeconds = 300,
  memoryBytes = 1024 * 1024 * 1024,
}: FfmpegOptions): AudioDecoder => ({
  async open(file, signal) {
    const ingested = (await fits(file, folder)) ? await saveAsFile(file, folder, signal) : undefined;
    const left = new AbortController();
    const until = AbortSignal.any([signal, left.signal]);
    return {
      decode: (options = {}) => ({
        sampleRate: SAMPLE_RATE,
        channels: 1,
        chunks: decode({ path, cpuSeconds, memoryBytes }, ingested?.path, file, options, until),
      }),
      async [Symbol.asyncDispose]() {
        left.abort(); // a caller that gave up cannot end the chunks of an ffmpeg that hangs: they wait for the next chunk
        await ingested?.remove();
      },
    };
  },
});

/** Variables of the environment. */
export interface FfmpegPlaces {
  FFMPEG_PATH: string | undefined;
  PATH: string;
}

/** The executable that `FFMPEG_PATH` names, or the first on PATH; undefined where there is none. */
export const findFfmpeg = ({ FFMPEG_PATH, PATH }: FfmpegPlaces): string | undefined => {
  const candidates = FFMPEG_PATH ? [FFMPEG_PATH] : PATH.split(delimiter).map((folder) => join(folder, 'ffmpeg'));
  const found = candidates.find(isExecutable);
  if (FFMPEG_PATH && !found) throw new AftercallError('bad_configuration', `FFMPEG_PATH: ${FFMPEG_PATH} cannot be run`);
  return found;
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** A function's storage is small, and other recordings may use it. */
const fits = async (file: AudioFile, folder: string): Promise<boolean> => {
  const { bavail, bsize } = await statfs(folder);
  return file.bytes <= (bavail * bsize) / 2;
};

const saveAsFile = async (file: AudioFile, folder: string, signal: AbortSignal) => {
  const own = await mkdtemp(join(folder, 'aftercall-'));
  const remove = () => rm(own, { recursive: true, force: true });
  const path = join(own, 'recording');
  try {
    await using handle = await open(path, 'wx', 0o600);
    for await (const chunk of chunksOf(file, signal)) await handle.write(chunk);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
};

async function* chunksOf(file: AudioFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < file.bytes; start += CHUNK_BYTES) {
    signal.throwIfAborted();
    yield await file.read(start, Math.min(file.bytes, start + CHUNK_BYTES));
  }
}

/**
 * Audio containers, by ffmpeg's names. No container that refers to other files: a playlist behind an MP3's tag would
 * make ffmpeg read them.
 */
const CONTAINERS =
  'aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,eac3,flac,flv,matroska,mov,mp3,mpeg,mpegts,ogg,voc,w64,wav,wv';
/** No sound needs a larger allocation, but a damaged header may ask for one. */
const MAX_ALLOC_BYTES = 256 * 1024 * 1024;
const LIMITS = [
  ...['-v', 'error', '-nostdin', '-threads', '1', '-max_alloc', `${MAX_ALLOC_BYTES}`],
  ...['-protocol_whitelist', 'file,pipe', '-format_whitelist', CONTAINERS],
];
const SOUND_ALONE = ['-map', '0:a:0', '-vn', '-sn', '-dn'];
/** Gaps in the timestamps, where nobody spoke, become silence; without this, an AMR's pauses would be missing. */
const IN_TIME = ['-af', 'aresample=async=1:first_pts=0'];

type Bounds = Required<Omit<FfmpegOptions, 'folder'>>;

/**
 * The shell sets the bounds, and `exec` replaces the shell by ffmpeg, which keeps them. At the soft limit of processor time
 * ffmpeg gets a signal that it can answer; at the hard limit the system ends it.
 */
const WITHIN_BOUNDS = 'ulimit -St "$1"; ulimit -Ht "$(($1 + 5))"; ulimit -v "$2" 2>/dev/null; shift 2; exec "$@"';

/**
 * Runs ffmpeg until the reader stops. The exit code says little: ffmpeg fails late on damaged files whose sound it has
 * decoded.
 */
async function* decode(
  { path, cpuSeconds, memoryBytes }: Bounds,
  ingested: string | undefined,
  file: AudioFile,
  { closeGaps, ignoreEdits }: DecodeOptions,
  signal: AbortSignal,
): Pcm['chunks'] & AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const input = ingested ? `file:${ingested}` : 'pipe:0';
  const output = ['-ac', '1', '-ar', `${SAMPLE_RATE}`, '-f', 's16le', 'pipe:1'];
  const edits = ignoreEdits ? ['-ignore_editlist', '1'] : [];
  const inTime = closeGaps ? [] : IN_TIME;
  const options = [...LIMITS, ...edits, '-i', input, ...SOUND_ALONE, ...inTime, ...output];
  accessSync(path, constants.X_OK); // the shell would say less
  const bounds = ['-c', WITHIN_BOUNDS, 'sh', `${cpuSeconds}`, `${Math.floor(memoryBytes / 1024)}`];
  const child = spawn('/bin/sh', [...bounds, path, ...options], { stdio: ['pipe', 'pipe', 'pipe'], env: {} });
  const complaint = firstLine(child.stderr, input);
  const ended = new Promise<{ code: number | null; killedBy: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killedBy) => resolve({ code, killedBy }));
  });
  ended.catch(() => {}); // awaited below, after the sound has ended
  const stop = () => child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  const fed = ingested ? Promise.resolve(child.stdin.end()) : feed(child.stdin, file, signal);
  fed.catch(stop); // ffmpeg would wait for the rest without end; the error is thrown below
  try {
    let heard = false;
    for await (const chunk of child.stdout) {
      heard = true;
      yield chunk;
    }
    await fed;
    const { code, killedBy } = await ended;
    signal.throwIfAborted();
    // The sound that came before the stop is incomplete.
    const stopped = stoppedBy(code, killedBy, await complaint, { cpuSeconds, memoryBytes });
    if (stopped) throw new AftercallError('unreadable', stopped);
    if (!heard) throw new AftercallError('unreadable', reasonOf(await complaint));
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** ffmpeg's exit code after a signal that ffmpeg handles, such as the one at the end of its processor time. */
const ENDED_BY_SIGNAL = 255;

/** Why ffmpeg was stopped. A bad file is no reason: its sound is decoded, and ffmpeg's error after that is ignored. */
const stoppedBy = (
  code: number | null,
  killedBy: NodeJS.Signals | null,
  complaint: string,
  { cpuSeconds, memoryBytes }: Pick<Bounds, 'cpuSeconds' | 'memoryBytes'>,
): string | undefined => {
  const late = `it takes ffmpeg longer than ${cpuSeconds} s`;
  if (code === ENDED_BY_SIGNAL || killedBy === 'SIGXCPU') return late;
  if (killedBy === 'SIGKILL') return `${late}, or more memory than there is`;
  if (killedBy) return `ffmpeg died while it read the file (${killedBy})`;
  const isOutOfMemory = /cannot allocate memory|error while loading shared libraries/i.test(complaint);
  return isOutOfMemory ? `it takes ffmpeg more than ${Math.round(memoryBytes / 1e6)} MB of memory` : undefined;
};

const feed = async (stdin: Writable, file: AudioFile, signal: AbortSignal): Promise<void> => {
  stdin.on('error', () => {}); // ffmpeg may close its input early
  for await (const chunk of chunksOf(file, signal)) {
    if (stdin.destroyed) return;
    if (!stdin.write(chunk)) await Promise.race([event(stdin, 'drain'), event(stdin, 'close')]);
  }
  stdin.end();
};
const event = (stream: Writable, name: string) => new Promise((resolve) => stream.once(name, resolve));

/** ffmpeg knows many formats that no call system uses, such as old music formats and playlists. */
const reasonOf = (complaint: string): string => {
  if (complaint.includes('not on whitelist')) return `${NOT_TAKEN} (${CONTAINERS.replaceAll(',', ', ')})`;
  return `ffmpeg hears nothing in it${complaint && `: ${complaint}`}`;
};

/** The first line of ffmpeg's errors, without memory addresses and without the path of the file. */
const firstLine = async (stderr: Readable, input: string): Promise<string> => {
  let text = '';
  for await (const chunk of stderr) if (text.length < 1000) text += chunk;
  const [line = ''] = text.split('\n');
  const words = line.replaceAll(input, 'recording').replace(/^(\[[^\]]*\]\s*|\S+:\s+)+/, '');
  return words.slice(0, 200);
};
