import fc from 'fast-check';
import { all, answerTo, byFetch, raw } from '../http/answering.ts';
import { sameToItsScheme, UNSIGNED } from '../http/same-to-scheme.ts';
import { speakerOf } from './bodies.ts';
import type { Target } from './target.ts';

interface SignatureInput {
  source: string;
  /** `body`, or a header's name. */
  part: string;
  at: number;
  /** The bits of the byte that change. */
  mask: number;
}

const partsOf = ({ covers, good }: (typeof all)[number]): string[] => [
  ...(covers.body ? ['body', 'body'] : []),
  ...Object.keys(good.headers).filter((name) => !UNSIGNED.includes(name)),
];

/**
 * A signed request with one changed byte, in the signed part or in the proof, is refused, and nothing of it is kept.
 */
export const signatures: Target<SignatureInput> = {
  name: 'signatures',
  inputs: fc.constantFrom(...all.filter((speaker) => partsOf(speaker).length > 0)).chain((speaker) =>
    fc.record({
      source: fc.constant(speaker.name),
      part: fc.constantFrom(...partsOf(speaker)),
      at: fc.nat(10_000),
      mask: fc.integer({ min: 1, max: 255 }),
    }),
  ),
  async check({ source, part, at, mask }) {
    const good = raw(speakerOf(source).good);
    if (part === 'body') {
      const body = good.body.map((byte, n) => (n === at % good.body.length ? byte ^ mask : byte));
      if (sameToItsScheme(source, body, good.body)) return 'the same to its scheme';
      const { status } = await answerTo(byFetch, { ...good, body }, 'nothing');
      return `${source} body ${status}`;
    }
    const value = good.headers.find(([name]) => name === part)?.[1] ?? '';
    const changed = Buffer.from(value, 'latin1');
    changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ mask;
    const said = changed.toString('latin1');
    if (!isSendable(said) || isSameProof(said, value)) return 'the same proof, or no header value';
    const headers = good.headers.map(([name, old]) => [name, name === part ? said : old] as const);
    const { status } = await answerTo(byFetch, { ...good, headers }, 'nothing');
    return `${source} ${part} ${status}`;
  },
};

/** No client sends other values; blanks around a value are not part of the value (RFC 9110, 5.5). */
const isSendable = (value: string): boolean => !/[^\x21-\x7e\x80-\xff ]|^ | $/.test(value);

/** Hexadecimal digits and the scheme's name ignore case; base64 may have bits without meaning. */
const isSameProof = (one: string, other: string): boolean => {
  if (one.toLowerCase() === other.toLowerCase() && (/^[\w=,-]*[0-9a-f]{32,}$/i.test(other) || /^bearer /i.test(other)))
    return true;
  const [a = '', b = ''] = [one, other].map((text) => text.slice(text.search(/[^,.\s]+$/)));
  const isHeadSame = one.slice(0, one.length - a.length) === other.slice(0, other.length - b.length);
  return isHeadSame && /^[\w+/-]+=*$/.test(a) && Buffer.from(a, 'base64').equals(Buffer.from(b, 'base64'));
};
