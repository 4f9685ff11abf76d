import type Linq from '@linqapp/sdk';
import { fileTypeFromBuffer } from 'file-type';
import { Refusal } from './refusals.ts';

/** The cap on one voice memo, by URL or attachment. The API reference says 10MB: MB, not MiB, is safe. */
export const maxMemoBytes = 10_000_000;

/** The cap on one uploaded attachment (API reference: 100 MB). */
export const maxAttachmentBytes = 100_000_000;

export interface MemoFormat {
  name: string;
  /** The type that Linq reports for the memo. */
  mimeType: string;
  /** The endings that the memo's URL may have. */
  extensions: readonly string[];
  /** The types that `POST /v3/attachments` accepts for it. That list differs: it has no audio/wav. */
  declaredAs: readonly Linq.SupportedContentType[];
}

/** The seven formats of a voice memo, by file-type's name for their content. */
const memoFormats: Readonly<Record<string, MemoFormat>> = {
  mp3: { name: 'MP3', mimeType: 'audio/mpeg', extensions: ['mp3'], declaredAs: ['audio/mpeg', 'audio/mp3'] },
  m4a: { name: 'M4A', mimeType: 'audio/x-m4a', extensions: ['m4a'], declaredAs: ['audio/x-m4a', 'audio/mp4'] },
  aac: { name: 'AAC', mimeType: 'audio/aac', extensions: ['aac'], declaredAs: ['audio/aac'] },
  caf: { name: 'CAF', mimeType: 'audio/x-caf', extensions: ['caf'], declaredAs: ['audio/x-caf'] },
  wav: { name: 'WAV', mimeType: 'audio/wav', extensions: ['wav'], declaredAs: ['audio/x-wav'] },
  aif: {
    name: 'AIFF',
    mimeType: 'audio/aiff',
    extensions: ['aiff', 'aif'],
    declaredAs: ['audio/x-aiff', 'audio/aiff'],
  },
  amr: { name: 'AMR', mimeType: 'audio/amr', extensions: ['amr'], declaredAs: ['audio/amr'] },
};

/** Names the format of the bytes; names and declared types are ignored. Throws 400/5004 for any other format. */
export async function sniffMemo(bytes: Uint8Array): Promise<MemoFormat> {
  const found = await fileTypeFromBuffer(bytes);
  const format = found && memoFormats[found.ext];
  if (format) return format;
  const names = Object.values(memoFormats).map(({ name }) => name);
  const what = bytes.length === 0 ? 'the file is empty' : `this is ${found?.mime ?? 'not a known format'}`;
  throw new Refusal('typeUnsupported', { detail: `${what}; a voice memo is ${names.join(', ')}` });
}

/** The content types of `POST /v3/attachments`, as the SDK documents them. */
export const attachmentTypes: ReadonlySet<string> = new Set<Linq.SupportedContentType>([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/heic',
  'image/heif',
  'image/tiff',
  'image/bmp',
  'image/svg+xml',
  'image/webp',
  'image/x-icon',
  'video/mp4',
  'video/quicktime',
  'video/mpeg',
  'video/mpeg2',
  'video/x-m4v',
  'video/x-msvideo',
  'video/3gpp',
  'audio/mpeg',
  'audio/mp3',
  'audio/x-m4a',
  'audio/mp4',
  'audio/x-caf',
  'audio/x-wav',
  'audio/x-aiff',
  'audio/aiff',
  'audio/aac',
  'audio/midi',
  'audio/amr',
  'application/pdf',
  'text/plain',
  'text/markdown',
  'text/vcard',
  'text/rtf',
  'text/csv',
  'text/html',
  'text/calendar',
  'application/msword',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.ms-excel',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/x-iwork-pages-sffpages',
  'application/x-iwork-numbers-sffnumbers',
  'application/x-iwork-keynote-sffkey',
  'application/epub+zip',
  'text/xml',
  'application/json',
  'application/zip',
  'application/x-gzip',
]);
