import { fileTypeFromBuffer } from 'file-type';
import type { AudioFacts } from '../core/model/audio.ts';
import type { AudioFile } from '../core/ports/ports.ts';
import { ascii, HEAD_BYTES } from './bytes.ts';
import { asCannotRead } from './cannot-read.ts';
import { countPackets } from './count-packets.ts';
import { isDecodable } from './decoders.ts';
import { fileFrom, findStream } from './find-stream.ts';
import { type Naming, takenAs } from './formats.ts';
import { hasReader, readHeader } from './headers.ts';
import { mp3Header } from './mp3-frames.ts';
import { type Inside, probeContainer } from './probe-container.ts';
import { UNKNOWN_BYTES, whatItResembles } from './resembles.ts';
import { noCallByPackets, onlyPauses, tooManyPackets, tooManySteps } from './weight.ts';

/** The content of a file, by its bytes only: names and Content-Types are ignored. */
export type Probe = { kind: 'unfit'; reason: string; unknown?: true } | Probed;
export interface Probed {
  kind: 'audio';
  /** file-type's name of the container. */
  container: string;
  facts: AudioFacts;
  /** The length in the header, where it has one; `facts.seconds` is the length of what exists. */
  promisedSeconds?: number;
  /** The naming under which Linq accepts the file as it is. */
  takenAs?: Naming;
  /** Whether the built-in decoders can decode the file; `failure` says why not. */
  decodable: boolean;
  failure?: string;
  /** Uncompressed samples: their bytes were counted, and decoding shows nothing new. */
  uncompressed?: boolean;
  /** How many bytes before the sound do not belong to it. */
  start?: number;
  /** `facts.seconds` was counted packet by packet, and all packets exist. */
  counted?: boolean;
  video: boolean;
}

/** Probes a file; if its beginning makes no sense, searches for the place where sound begins. */
export const probe = async (file: AudioFile): Promise<Probe> => {
  const first = await lookAt(file);
  if (first.kind === 'audio' ? isClear(first) : !first.unknown) return first;
  const start = await findStream(file);
  if (!start) return first;
  const second = await lookAt(fileFrom(file, start));
  if (second.kind === 'unfit' || !second.facts.codec || !second.facts.seconds) return first;
  // The header belongs to another file inside this one.
  if ((second.promisedSeconds ?? 0) > 2 * second.facts.seconds) return first;
  return { ...second, start, facts: { ...second.facts, bytes: file.bytes } };
};

/** Two bytes are enough for file-type to report MP3 or AAC. MP3 in a WAV is read as MP3. */
const isClear = ({ container, facts }: Probed): boolean =>
  container === 'wav'
    ? facts.codec !== 'mp3'
    : !['mp3', 'aac'].includes(container) || (facts.codec !== undefined && (facts.seconds ?? 0) > 0);

const lookAt = async (file: AudioFile): Promise<Probe> => {
  const head = await file.read(0, Math.min(file.bytes, HEAD_BYTES));
  const found = byMagic(head) ?? (await fileTypeFromBuffer(head));
  if (!found || found.mime === 'application/xml') return unfit(head);
  const container = found.ext;
  const type = found.mime.split(';')[0] ?? found.mime;
  if (!MEDIA.test(type)) return { kind: 'unfit', reason: `not audio: ${type}` };

  const mp3 = container === 'mp3' ? await mp3Header(file) : undefined;
  const header = hasReader(container) ? await readHeader(file) : mp3;
  if (hasReader(container) && !header) return unfit(head);
  const counted = header ? undefined : await countPackets(file, container);
  const refused = counted && noCallByPackets(counted, 0, file.bytes);
  if (refused) return { kind: 'unfit', reason: refused };
  const failure = counted && tooManySteps(counted);
  const tried = header ? undefined : failure ? { failure } : await probeContainer(file, container).catch(failureOf);
  if (tried === 'silent film') return { kind: 'unfit', reason: 'not audio: a video without sound' };
  const inside = tried && !('failure' in tried) ? tried : undefined;
  const saidSeconds = Math.max(inside?.seconds ?? 0, inside?.promisedSeconds ?? 0);
  const noCall =
    tooManyPackets(inside?.packets ?? 0) ??
    (counted && noCallByPackets(counted, saidSeconds, file.bytes)) ??
    onlyPauses(header?.pauses);
  if (noCall) return { kind: 'unfit', reason: noCall };
  const sound = { video: false, sizesTrue: true, counted: header !== undefined, ...inside, ...header };
  return {
    ...described(sound, { container, type, bytes: file.bytes }),
    decodable: header ? header.pcm !== undefined || mp3 !== undefined : isDecodable(inside?.codec ?? ''),
    ...(tried && 'failure' in tried && tried),
    ...(header?.pcm && { uncompressed: true }),
  };
};

/** A probe from the facts of a header or of mediabunny. */
const described = (
  sound: Omit<Inside, 'packets'>,
  { container, type, bytes }: { container: string; type: string; bytes: number },
): Omit<Probed, 'decodable'> => {
  const { sampleRate, channels, seconds, video, counted } = sound;
  const codec = sound.codec?.replace(/[^\x21-\x7e]+/g, '').slice(0, 32); // a Matroska file may give any name
  const promisedSeconds = countable(sound.promisedSeconds);
  const naming = takenAs(container, sound);
  const facts: AudioFacts = {
    type: naming?.type ?? type,
    bytes,
    ...(codec !== undefined && { codec }),
    ...(sampleRate !== undefined && { sampleRate: countable(sampleRate) ?? 0 }),
    ...(channels !== undefined && { channels }),
    ...(seconds !== undefined && { seconds: Math.round((countable(seconds) ?? 0) * 1000) / 1000 }),
  };
  return {
    kind: 'audio',
    container,
    facts,
    ...(promisedSeconds !== undefined && { promisedSeconds }),
    ...(naming && { takenAs: naming }),
    ...(counted && { counted: true }),
    video,
  };
};

/** A floating-point number in a header may be NaN, or larger than a row can store. */
const countable = (value: number | undefined): number | undefined =>
  value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;

/** An error of mediabunny is kept as a reason: another engine may read the file. */
const failureOf = (error: unknown) => ({ failure: asCannotRead(error).message });

/** Formats that file-type does not know: WAV in big-endian or over four gigabytes, AU and W64. */
const MAGIC = {
  RIFX: { ext: 'wav', mime: 'audio/wav' },
  RF64: { ext: 'wav', mime: 'audio/wav' },
  BW64: { ext: 'wav', mime: 'audio/wav' },
  '.snd': { ext: 'au', mime: 'audio/basic' },
  riff: { ext: 'w64', mime: 'audio/x-w64' },
};
const byMagic = (head: Uint8Array): { ext: string; mime: string } | undefined => {
  const magic = ascii(head, 0, 4);
  return Object.hasOwn(MAGIC, magic) ? MAGIC[magic as keyof typeof MAGIC] : undefined;
};

const MEDIA = /^(audio|video)\/|^application\/(ogg|vnd\.ms-asf|mxf|x-ms-asf)$/;

/** No engine finds sound in an error page. Other bytes may be a format that the second engine knows. */
const unfit = (head: Uint8Array): Probe => {
  const what = whatItResembles(head);
  return { kind: 'unfit', reason: `not audio: ${what}`, ...(what === UNKNOWN_BYTES && { unknown: true }) };
};
