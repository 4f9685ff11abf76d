import { pipeline, Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';

/** The body's encoding cannot be undone. */
export class NotUnpacked extends Error {
  override readonly name = 'NotUnpacked';
}
/** The unpacked body is larger than a recording may be. */
export class UnpacksTooLarge extends Error {
  override readonly name = 'UnpacksTooLarge';
}

export const isPackingFault = (error: unknown): error is NotUnpacked | UnpacksTooLarge =>
  error instanceof NotUnpacked || error instanceof UnpacksTooLarge;

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * How each encoding is undone, by the first bytes; undefined where the bytes are not packed, even if the header says
 * so.
 */
const UNPACKERS: Readonly<Record<string, (head: Uint8Array) => Transform | undefined>> = {
  gzip: (head) => (startsWith(head, GZIP) ? zlib.createGunzip() : undefined),
  zstd: (head) => (startsWith(head, ZSTD) ? zlib.createZstdDecompress() : undefined),
  // The standard means a zlib stream; some servers send raw deflate data.
  deflate: (head) => (isZlib(head) ? zlib.createInflate() : zlib.createInflateRaw()),
  br: () => zlib.createBrotliDecompress(),
};
/** Encodings that IANA lists and this code cannot undo. */
const REFUSED = ['compress', 'exi', 'pack200-gzip', 'dcb', 'dcz'];

export type Packing = { kind: 'none' } | { kind: 'packed'; as: string } | { kind: 'refused'; reason: string };

/**
 * The encodings in a Content-Encoding header. Many servers write words there that are no encoding (`aws-chunked`,
 * `identity`, `binary`, `utf-8`): those bytes are plain, and are probed by content later.
 */
export const packingOf = (header: string | undefined): Packing => {
  const words = (header ?? '').split(',').map((word) => word.trim().toLowerCase().replace(/^x-/, ''));
  const refused = words.find((word) => REFUSED.includes(word));
  if (refused)
    return { kind: 'refused', reason: `the recording came packed as ${refused}, which Aftercall cannot unpack` };
  const packed = words.filter((word) => Object.hasOwn(UNPACKERS, word));
  const [as] = packed;
  if (packed.length > 1) return { kind: 'refused', reason: `the recording came packed ${packed.length} times` };
  return as === undefined ? { kind: 'none' } : { kind: 'packed', as };
};

/**
 * The plain bytes of a packed body, no more than `limit`.
 * @throws in the stream: `NotUnpacked`, `UnpacksTooLarge`, or the body's own error
 */
export const unpacked = (body: Readable, as: string, limit: number): Readable =>
  Readable.from(unpack(body, as, limit), { objectMode: false });

async function* unpack(body: Readable, as: string, limit: number): AsyncGenerator<Buffer> {
  const { head, whole } = await peek(body);
  const unpacker = UNPACKERS[as]?.(head);
  if (!unpacker) {
    yield* whole;
    return;
  }
  let bytes = 0;
  try {
    for await (const chunk of pipeline(Readable.from(whole), unpacker, () => {})) {
      bytes += chunk.length;
      if (bytes > limit) throw new UnpacksTooLarge(`more than ${limit} bytes, unpacked from ${as}`);
      yield chunk;
    }
  } catch (error) {
    if (body.errored) throw body.errored;
    if (error instanceof UnpacksTooLarge) throw error;
    throw new NotUnpacked(`the recording came with Content-Encoding ${as}, and Aftercall cannot unpack it`, {
      cause: error,
    });
  } finally {
    body.destroy();
  }
}

/** The first bytes, and a stream of all bytes. */
const peek = async (body: Readable) => {
  const chunks = body[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let length = 0;
  while (length < ZSTD.length) {
    const next = await chunks.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield* first;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  return { head: Buffer.concat(first), whole: whole() };
};

const startsWith = (head: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, at) => head[at] === byte);

const isZlib = ([first = 0, second = 0]: Uint8Array): boolean =>
  (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
