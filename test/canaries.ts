import { randomBytes } from 'node:crypto';

/** Unmistakable texts and telephone numbers: a test feeds them in at one end, and searches every other end for them. */
export interface Canaries {
  /** A fresh text that contains the name of the place where the test feeds it in. */
  text(place: string): string;
  /** A fresh number in E.164. The search finds the number in any spelling. */
  number(place: string): string;
  /** Adds a text that is already secret. */
  add(place: string, secret: string): void;
  /** The places where the canaries in a text were fed in. */
  in(text: string): string[];
  /** Every canary, with every spelling that the search must find. */
  spellings(): { place: string; spelling: string }[];
}

export const startCanaries = (): Canaries => {
  const known: { place: string; spellings: string[]; isIn: (text: string) => boolean }[] = [];
  const add = (place: string, secret: string) => {
    const spellings = ways(secret);
    known.push({ place, spellings, isIn: (text) => spellings.some((each) => text.includes(each)) });
  };
  let numbers = 320;
  return {
    text(place) {
      const text = `canary${randomBytes(9).toString('hex')}`;
      add(place, text);
      return text;
    },
    number(place) {
      numbers += 1;
      const number = `+1${numbers}5550173`;
      const form = inAnyForm(number);
      known.push({ place, spellings: written(number), isIn: (text) => form.test(text) });
      return number;
    },
    add,
    in: (text) => known.flatMap(({ place, isIn }) => (isIn(text) ? [place] : [])),
    spellings: () => known.flatMap(({ place, spellings }) => spellings.map((spelling) => ({ place, spelling }))),
  };
};

/** The text itself, the text escaped for a URL, and its base64, which may begin at three offsets. */
const ways = (secret: string): string[] => [
  ...new Set([secret, encodeURIComponent(secret)]),
  ...[0, 1, 2].map((place) =>
    Buffer.from(' '.repeat(place) + secret)
      .toString('base64')
      .slice(place && place + 1)
      .replace(/.{1,2}=*$/, ''),
  ),
];

/** The ten digits, with anything before them and with separators between them. */
const inAnyForm = (number: string): RegExp => new RegExp([...number.slice(2)].join('(?:[\\s().-]|%20|%2[89de])*'), 'i');
const written = (number: string): string[] => {
  const [, area, exchange, line] = /^\+1(...)(...)(....)$/.exec(number) ?? [];
  return [
    ...[number, number.slice(1), number.slice(2), encodeURIComponent(number)],
    ...[`+1 (${area}) ${exchange}-${line}`, `1.${area}.${exchange}.${line}`, `+1%20${area}%20${exchange}%20${line}`],
  ];
};
