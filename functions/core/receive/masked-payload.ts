import { maskEveryNumber } from '../model/mask.ts';
import { PAYLOADS } from '../model/payloads.ts';
import type { WebhookRequest } from '../ports/source.ts';

/** A larger body is not read: masking must not delay the answer. */
const MOST_BYTES = 64 * 1024;
const MOST = { readCharacters: 2000, textCharacters: 400, entries: 60, depth: 12 };

/**
 * What a person may see of a webhook: method, path, the names of its headers and its body, without telephone numbers, secrets, tokens,
 * the queries of URLs, and audio. At most `PAYLOADS.characters`.
 * @param secrets the values of the source's secrets, which are left out wherever they stand
 */
export const maskedPayload = (request: WebhookRequest, secrets: readonly string[]): string => {
  const { method, url, headers, body } = request;
  const { pathname, searchParams } = new URL(url);
  const masker = maskerOf(secrets);
  const type = headers['content-type'];
  const shown = {
    request: `${method} ${masker.text(pathname)}`,
    query: masker.value(Object.fromEntries(searchParams)),
    ...(type !== undefined && { content_type: masker.text(type) }),
    headers: Object.keys(headers).sort().map(masker.text).join(', '),
    body: bodyOf(body, masker),
  };
  return clipped(JSON.stringify(shown, null, 1).toWellFormed(), PAYLOADS.characters);
};

type Masker = ReturnType<typeof maskerOf>;

const bodyOf = (bytes: Uint8Array, { value, text }: Masker): unknown => {
  if (bytes.length === 0) return '';
  if (bytes.length > MOST_BYTES) return `[${bytes.length} bytes are left out: more than ${MOST_BYTES}]`;
  const written = textOf(bytes);
  if (written === undefined) return `[${bytes.length} bytes are left out: no text]`;
  const claims = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(written.trim())?.[1];
  if (claims !== undefined) return { jwt: value(jsonOf(Buffer.from(claims, 'base64url').toString())) };
  const json = jsonOf(written);
  if (json !== undefined) return value(json);
  if (/^[\w.%+-]+=/.test(written)) return value(Object.fromEntries(new URLSearchParams(written)));
  return text(written);
};

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined; // audio, or another encoding
  }
};

const SECRET_NAME =
  /secret|token|signature|passw|pwd|auth|(api|access|private).?key|credential|cookie|jwt|bearer|hmac|session(?!.?id)|nonce|(^|[^a-z])(sig|pin|otp)([^a-z]|$)/i;

const maskerOf = (secrets: readonly string[]) => {
  const values = secrets.filter((secret) => secret.length > 0).flatMap(spellingsOf);
  const text = (written: string): string => {
    const bare = values.reduce((left, secret) => left.replaceAll(secret, LEFT_OUT), written);
    const masked = maskEveryNumber(withoutTokens(bare.slice(0, MOST.readCharacters)));
    return clipped(masked, MOST.textCharacters);
  };
  const value = (given: unknown, depth = 0): unknown => {
    if (depth > MOST.depth) return LEFT_OUT;
    if (typeof given === 'string') {
      const within = /^\s*[[{]/.test(given) ? jsonOf(given) : undefined;
      return within === undefined ? text(given) : value(within, depth + 1);
    }
    if (typeof given === 'number') return /\d{7}/.test(String(given)) ? text(String(given)) : given;
    if (Array.isArray(given)) return atMost(given).map((each) => value(each, depth + 1));
    if (typeof given !== 'object' || given === null) return given;
    const fields = atMost(Object.entries(given)).map(([name, each]) => [
      text(name),
      SECRET_NAME.test(name) && each !== null && typeof each !== 'boolean' ? LEFT_OUT : value(each, depth + 1),
    ]);
    return Object.fromEntries(fields);
  };
  return { text, value };
};

const LEFT_OUT = '[left out]';

/** A secret as such, in a URL, in base64, and without the mark that says what it is. The longest first: it may hold the others. */
const spellingsOf = (secret: string): string[] => {
  const bare = secret.replace(/^whsec_/, '');
  const inBase64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [...new Set([secret, encodeURIComponent(secret), inBase64, bare])].toSorted((a, b) => b.length - a.length);
};

/** URLs keep host and path; their queries may hold signatures. A long text without a space is audio, a token or a key. */
const withoutTokens = (text: string): string =>
  text
    .replace(/\bdata:[^\s"']*/gi, '[data is left out]')
    .replace(/([a-z][a-z0-9+.-]{0,20}:\/\/)([^\s/?#"'<>@]*@)?([^\s?#"'<>]*)([?#][^\s"'<>]*)?/gi, '$1$3')
    .replace(/(\?|%3F)\S*?(=|%3D)\S*/gi, '?…')
    .replace(/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, LEFT_OUT)
    .replace(/\b(bearer|basic)\s+\S+/gi, `$1 ${LEFT_OUT}`)
    .replace(/[\w+/=-]{60,}/g, (long) => `[${long.length} characters are left out]`);

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the text is shown as a text
  }
};

const atMost = <T>(given: readonly T[]): readonly T[] => given.slice(0, MOST.entries);

const clipped = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const end = '… and more';
  return text.slice(0, most - end.length).toWellFormed() + end;
};
