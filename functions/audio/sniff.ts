import { fileTypeFromBuffer } from 'file-type';
import type { Sniffed, Sniffer } from '../core/ports.ts';

/**
 * What Linq plays as a voice memo, by file-type's name for the content: its MIME types would take MPEG layer 2 for MP3.
 * The extension must match or Linq refuses it (5006).
 */
const ACCEPTED: Readonly<Record<string, { extension: string; type: string }>> = {
  mp3: { extension: 'mp3', type: 'audio/mpeg' },
  m4a: { extension: 'm4a', type: 'audio/x-m4a' },
  aac: { extension: 'aac', type: 'audio/aac' },
  wav: { extension: 'wav', type: 'audio/wav' },
  aif: { extension: 'aiff', type: 'audio/aiff' },
  amr: { extension: 'amr', type: 'audio/amr' },
  caf: { extension: 'caf', type: 'audio/x-caf' },
};

/** Says by content alone whether a file is audio that Linq takes as it is; names and Content-Types are not asked. */
export const contentSniffer = (): Sniffer => ({
  async sniff(head): Promise<Sniffed> {
    const { ext, mime } = (await fileTypeFromBuffer(head)) ?? NOTHING;
    if (!mime || mime === 'application/xml') return { kind: 'unfit', why: `not audio: ${resembles(head)}` };
    const accepted = ACCEPTED[ext];
    if (!accepted) {
      const isMedia = mime.startsWith('audio/') || mime.startsWith('video/');
      return isMedia ? notTaken(`${ext} (${mime})`) : { kind: 'unfit', why: `not audio: ${mime}` };
    }
    if (ext === 'wav') {
      const codec = wavCodec(head);
      if (codec !== 'PCM') return notTaken(`WAV with ${codec}`);
    }
    if (ext === 'aif') {
      const form = ascii(head, 8, 4); // file-type asks for the wrapper alone, which old pictures share
      if (form === 'AIFC') return notTaken('AIFF-C, which may be compressed');
      if (form !== 'AIFF') return { kind: 'unfit', why: `not audio: ${resembles(head)}` };
    }
    return { kind: 'audio', ...accepted };
  },
});

const NOTHING = { ext: '', mime: '' };

const notTaken = (what: string): Sniffed => ({ kind: 'unfit', why: `a format Linq does not take: ${what}` });

/** Format tags by name (RFC 2361); telephone systems like the companded ones, which iMessage does not play. */
const WAV_CODECS: Readonly<Record<number, string>> = {
  1: 'PCM',
  2: 'ADPCM',
  3: 'float samples',
  6: 'A-law',
  7: 'µ-law',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
};
const EXTENSIBLE = 0xfffe;

const wavCodec = (head: Uint8Array): string => {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 12; at + 8 <= head.length; ) {
    const size = view.getUint32(at + 4, true);
    if (ascii(head, at, 4) === 'fmt ' && at + 8 + 16 <= head.length) {
      const tag = view.getUint16(at + 8, true);
      // An extensible format keeps the real tag at the start of its sub-format GUID, 24 bytes in.
      const real = tag === EXTENSIBLE && at + 8 + 26 <= head.length ? view.getUint16(at + 8 + 24, true) : tag;
      return WAV_CODECS[real] ?? `format 0x${real.toString(16)}`;
    }
    at += 8 + size + (size % 2);
  }
  return 'no format chunk';
};

/** A word for the row: vendors' error pages are what arrives most often in place of audio. */
const resembles = (head: Uint8Array): string => {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 512)).trimStart().toLowerCase();
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) return 'an HTML page';
  if (text.startsWith('<')) return 'an XML page';
  if (text.startsWith('{') || text.startsWith('[')) return 'JSON';
  return 'unknown bytes';
};

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  new TextDecoder('latin1').decode(bytes.subarray(at, at + length));
