import type { WebhookRequest } from '../ports/source.ts';
import type { TimeUnit, ToleranceSeconds } from './signed-time.ts';

/** What a sender signs, as data. */
export interface Template {
  /** Text with `{body}`, and where the system signs them `{timestamp}`, `{id}`, `{url}`. */
  signed: string;
  timestamp?: { header: string; unit: TimeUnit; toleranceSeconds: ToleranceSeconds };
  id?: { header: string };
}

const PLACEHOLDER = /\{(body|timestamp|id|url)\}/;

/** The signed bytes: the template's own text, and values of the request; bytes stay bytes. Undefined where the id is missing. */
export const signedPieces = ({ signed, timestamp, id }: Template, request: WebhookRequest) => {
  const { headers, url, body } = request;
  const sentId = id && headers[id.header];
  if (id && !sentId) return undefined;
  const values: Record<string, string | Uint8Array> = {
    body,
    url,
    timestamp: headers[timestamp?.header ?? ''] ?? '',
    id: sentId ?? '',
  };
  return signed.split(PLACEHOLDER).map((part, at) => (at % 2 === 1 ? (values[part] ?? '') : part));
};

/** What is wrong with a template, a sentence each. */
export const templateMistakes = ({ signed, timestamp, id }: Template): string[] => {
  const parts = signed.split(PLACEHOLDER);
  const names = parts.filter((_, at) => at % 2 === 1);
  const between = parts.slice(2, -2).filter((_, at) => at % 2 === 0);
  // A date and time in ISO 8601 has a fixed length before its fraction, so at the end it needs no separator from the body.
  const endsInIsoTime = timestamp?.unit === 'iso' && signed.endsWith('{body}{timestamp}');
  const mustBeMarked = endsInIsoTime ? between.slice(0, -1) : between;
  return [
    !names.includes('body') && 'signature.signed: must contain {body}, or anyone could change the body',
    new Set(names).size !== names.length &&
      'signature.signed: may contain each of {body}, {timestamp}, {id} and {url} at most once',
    mustBeMarked.includes('') &&
      'signature.signed: needs a character between two placeholders, or one value could run into the next',
    names.includes('timestamp') !== (timestamp !== undefined) &&
      'signature.timestamp: must be given if signature.signed contains {timestamp}, and only then',
    names.includes('id') !== (id !== undefined) &&
      'signature.id: must be given if signature.signed contains {id}, and only then',
  ].filter((mistake) => mistake !== false);
};
