import type { WebhookRequest } from '../../functions/core/ports/source.ts';

/** A place where a sender proves its identity: a header, a field of the body, or the whole body where that is a JWT. */
export interface Proof {
  name: string;
  read(request: WebhookRequest): string;
  /** The same delivery with this value as its proof, or without a proof. */
  write(request: WebhookRequest, value: string | undefined): WebhookRequest;
  /** Upper and lower case mean the same in the value (a hex digest, for example). */
  ignoresCase: boolean;
  /** What another scheme would send here, and other values that must be refused. */
  forged: readonly string[];
}

type ProofOptions = Partial<Pick<Proof, 'ignoresCase' | 'forged'>>;

export const headerProof = (name: string, { ignoresCase = false, forged = [] }: ProofOptions = {}): Proof => ({
  name,
  read: ({ headers }) => headers[name] ?? '',
  write: (request, value) => {
    const { [name]: _old, ...others } = request.headers;
    return { ...request, headers: value === undefined ? others : { ...others, [name]: value } };
  },
  ignoresCase,
  forged,
});

/** A token in a JSON body, at its top level (Aircall). */
export const jsonFieldProof = (field: string, { ignoresCase = false, forged = [] }: ProofOptions = {}): Proof => ({
  name: `$.${field}`,
  read: (request) => String(jsonOf(request)[field] ?? ''),
  write: (request, value) => {
    const { [field]: _old, ...others } = jsonOf(request);
    return { ...request, body: bytes(JSON.stringify(value === undefined ? others : { ...others, [field]: value })) };
  },
  ignoresCase,
  forged,
});

/** A body that is only a JWT (Dialpad). */
export const wholeBodyProof = ({ ignoresCase = false, forged = [] }: ProofOptions = {}): Proof => ({
  name: 'the body',
  read: ({ body }) => Buffer.from(body).toString(),
  write: (request, value) => ({ ...request, body: bytes(value ?? '') }),
  ignoresCase,
  forged,
});

/** Every value that must be refused in place of a proof, named by the change that made it. */
export const spoiled = (proof: Proof, good: string): [string, string | undefined][] => {
  const otherCase = good.replace(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));
  const spoils: [string, string | undefined][] = [
    ['missing', undefined],
    ['empty', ''],
    ['without its last character', good.slice(0, -1)],
    ['without its first character', good.slice(1)],
    ['its first half', good.slice(0, good.length / 2)],
    ['a character too long', `${good}x`],
    ['twice', good + good],
    ['in other case', proof.ignoresCase ? undefined : otherCase],
    ...proof.forged.map((value): [string, string] => [`forged as ${value.slice(0, 30)}`, value]),
  ];
  return spoils.filter(([, value], index) => index === 0 || (value !== undefined && value !== good));
};

// A cast: every delivery of these tests holds an object.
const jsonOf = ({ body }: WebhookRequest) => JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>;
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
