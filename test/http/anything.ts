import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { bytes } from './deliveries.ts';

/** A request before any platform has read it: path and query as typed, headers as they came, in order. */
export interface Raw {
  method: string;
  path: string;
  query: string;
  headers: readonly (readonly [string, string])[];
  body: Uint8Array;
}

/** What `new Request` and a Lambda event can carry: other methods and header values never reach a function. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
export const METHODS = ['POST', 'POST', 'POST', 'GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND', 'p0st'];

const words = (text: string) => text.split(' ');

/** Text of every kind that has broken some program: see the Big List of Naughty Strings. */
const ODD_TEXTS = [
  ...words("0 -1 1e400 NaN null undefined true __proto__ constructor toString ../../etc/passwd ' <script> {{7*7}}"),
  ...words('% %00 %s%n + = & &&&=&= https://[ https://a:b@c/ é ﬀ 𝒳 👩‍👩‍👧 \u0000 \ufeff \u2028 \u202e'),
  ...['', ' ', '\t', '[object Object]', 'a'.repeat(10_000), '9'.repeat(400)],
];

export const deep = (open: string, middle: string, close: string, depth: number): string =>
  open.repeat(depth) + middle + close.repeat(depth);
const manyNames = Array.from({ length: 500 }, (_, n) => `"k${n}":${n}`).join(',');

/** As text, because no JavaScript object could hold it: numbers beyond doubles, repeated names, lone surrogates. */
const ODD_JSON = [
  ...words('null true 0 -0 1e400 -1e400 1E-999 9007199254740993 0.1e1 [] {} "" [null] "\\ud800" "\\udfff\\ud800"'),
  ...words('"\\u0000" {"__proto__":{"a":1}} {"constructor":{"prototype":1}} {"length":1} {"toString":1,"valueOf":1}'),
  ...words('{"a":1,"a":2} [[],[[]],[[[]]]] "https://[" "javascript:1" "2026-11-23T12:00:00Z"'),
  ...[deep('[', '1', ']', 500), deep('[', '', ']', 5000), deep('{"a":', '1', '}', 500), `[${'0,'.repeat(999)}0]`],
  ...[`"${'x'.repeat(9000)}"`, `"${'(('.repeat(200)}"`, `{${manyNames}}`],
];
const NO_JSON = words('NaN Infinity {\'a\':1} {a:1} [1,] {"a":1 01 +1 "\t" \ufeff{} {}{} // <a/>');

const anyText = fc.oneof(
  fc.constantFrom(...ODD_TEXTS),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.base64String(),
  fc.integer().map(String),
);

export const headerValue = anyText.map((text) => text.replace(/[\0\r\n]|[^\0-\xff]/g, '').slice(0, 8000));

/** Known names, of which some come twice, and names that some program on the way understands. */
export const anyHeaders = (known: readonly string[]): fc.Arbitrary<[string, string][]> => {
  const common = words(
    'content-type content-encoding content-length transfer-encoding expect connection host cookie origin range upgrade ' +
      'x-forwarded-host x-forwarded-proto forwarded x-http-method-override x-amzn-trace-id __proto__ constructor X-Long',
  );
  const name = fc.oneof(
    fc.constantFrom(...known, ...known, ...common),
    fc.string({ minLength: 1 }).filter((text) => TOKEN.test(text)),
  );
  return fc.array(fc.tuple(name, headerValue), { maxLength: 12 });
};

/** The path of a hook with an error: other spellings of the path, and paths that are no hook. */
export const anyPath = (source: string): fc.Arbitrary<string> => {
  const hook = `/hooks/${source}`;
  const first = `%${source.charCodeAt(0).toString(16)}`;
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(hook) },
    fc.constantFrom(
      ...[`${hook}/`, `/${hook}`, `/.${hook}`, `/hooks/..${hook}`, `/hooks/${first}${source.slice(1)}`],
      ...[`${hook}%00`, `${hook}%2f`, `${hook};a=1`, `${hook}\\..`, hook.toUpperCase(), `/hooks//${source}`],
      ...words('/ /memos /hooks/% /hooks/%E0%A4%A /hooks/%ff /hooks/constructor /hooks/__proto__ /hooks/api /hooks/é'),
    ),
    fc.webPath().map((path) => `/hooks/${path}`),
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `/hooks/${text}`),
    fc.nat(8000).map((length) => `/hooks/${'a'.repeat(length)}`),
  );
};

const QUERY_NAMES = ['chat', 'from', 'to', 'direction', 'event', 'bodySHA256', 'a', '__proto__', ''];
const CHAT = '550e8400-e29b-41d4-a716-446655440000';
/** Without the characters that no request line can carry: spaces and controls. */
export const anyQuery: fc.Arbitrary<string> = fc
  .oneof(
    fc.constantFrom('', `chat=${CHAT}`, `chat=${CHAT}&from=%2B14155550101&to=%2B14155550199&direction=inbound`),
    fc.webQueryParameters(),
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.tuple(
          fc.constantFrom(...QUERY_NAMES),
          fc.oneof(fc.constantFrom(CHAT, CHAT.toUpperCase(), 'inbound'), anyText),
          fc.boolean(),
        ),
        { maxLength: 6 },
      )
      .map((pairs) =>
        pairs.map(([name, value, escaped]) => `${name}=${escaped ? escapeWell(value) : value}`).join('&'),
      ),
  )
  .map((query) => query.replace(/[\0-\x20\x7f]/g, '').slice(0, 8000));

const escapeWell = (text: string) => encodeURIComponent(text.toWellFormed());

/** A body that no sender sends: bytes, JSON that is deep, wide and odd, forms with repeated names, and other text. */
export const anyBody: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(...ODD_JSON, ...NO_JSON).map(bytes),
  fc.oneof(fc.json(), fc.json({ maxDepth: 6, noUnicodeString: false }), fc.string({ unit: 'binary' })).map(bytes),
  fc
    .oneof(
      fc.webQueryParameters(),
      anyQuery,
      anyQuery.map((query) => `${query}&${query}`),
    )
    .map(bytes),
  fc.json().map((text) => new Uint8Array(gzipSync(text))),
  fc.json().map((text) => new Uint8Array(Buffer.from(text, 'utf16le'))),
);

/** A body with a piece cut out or replaced; or the whole body in another coding. */
export const spoil = (body: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc
      .tuple(fc.nat(body.length), fc.nat(40), fc.oneof(anyText, fc.constantFrom(...ODD_JSON)))
      .map(([at, cut, put]) => concat(body.subarray(0, at), bytes(put), body.subarray(at + cut))),
    fc.nat(body.length).map((length) => body.slice(0, length)),
    fc.nat(Math.max(0, body.length - 1)).map((at) => body.map((byte, index) => (index === at ? byte ^ 1 : byte))),
    fc.constantFrom(
      ...[new Uint8Array(), concat(body, body), concat(bytes('\ufeff'), body), concat(body, bytes('\n'))],
      ...[new Uint8Array(gzipSync(body)), new Uint8Array(Buffer.from(Buffer.from(body).toString(), 'utf16le'))],
    ),
  );

/** A good body with one odd change: a value anywhere in its JSON, or a pair of its form. */
export const oddlySaid = (body: string): fc.Arbitrary<Uint8Array> =>
  (body.startsWith('{') ? oddJson(body) : oddForm(body)).map(bytes);

const oddJson = (body: string): fc.Arbitrary<string> => {
  const odd = fc.oneof(
    fc.constantFrom(...ODD_JSON),
    fc.json(),
    anyText.map((text) => JSON.stringify(text)),
  );
  return fc.tuple(fc.constantFrom(...waysToValues(JSON.parse(body))), odd, fc.boolean()).map(([way, put, beside]) => {
    const json = JSON.parse(body);
    const name = beside ? `${way.at(-1)}_` : way.at(-1);
    way.slice(0, -1).reduce((value, step) => value[step], json)[name ?? ''] = HERE;
    // As text, because an object could not hold values that no parser returns.
    return JSON.stringify(json).replace(JSON.stringify(HERE), () => put);
  });
};
const HERE = 'here it is odd';

/** The path to each value of a body, also to lists and objects. */
const waysToValues = (value: unknown): string[][] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, inner]) => [[name], ...waysToValues(inner).map((way) => [name, ...way])]);

const oddForm = (body: string): fc.Arbitrary<string> => {
  const pairs = [...new URLSearchParams(body)];
  return fc
    .tuple(fc.nat(pairs.length - 1), anyText, fc.constantFrom('value', 'again', 'name', 'gone', 'first'))
    .map(([at, text, what]) => {
      const [name = '', value = ''] = pairs[at] ?? [];
      const changed: Record<typeof what, string[][]> = {
        value: pairs.with(at, [name, text]),
        again: [...pairs, [name, text]],
        name: pairs.with(at, [text, value]),
        gone: pairs.toSpliced(at, 1),
        first: [[text, value], ...pairs],
      };
      return changed[what].map((pair) => pair.map(escapeWell).join('=')).join('&');
    });
};

const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** The parts of a request that identify it in the message of a failing test. */
export const shown = ({ method, path, query, headers, body }: Raw): string => {
  const text = Buffer.from(body.subarray(0, 400)).toString('latin1');
  return `${method} ${path}?${query} ${JSON.stringify(headers)} (${body.length} bytes) ${JSON.stringify(text)}`;
};
