import { describe, expect, test } from 'vitest';
import { openapiDocument } from '../../functions/http/openapi.ts';
import { CHAT } from '../fakes/examples.ts';
import { KEYS, testApi } from './api.ts';

// The document and the handler agree on the texts of a field: each refuses exactly what the other refuses.

interface Schema {
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
}
// A cast: the shape that `openapiDocument` makes; a missing part is undefined, and fails below.
const paths = openapiDocument().paths as Record<
  string,
  { post: { requestBody: { content: Record<string, { schema: Schema }> } } }
>;

const documented = (path: string, field: string): Schema => {
  const schema = paths[path]?.post.requestBody.content['application/json']?.schema ?? {};
  const found = (schema.anyOf ?? [schema]).map(({ properties }) => properties?.[field]).find(Boolean);
  if (!found) throw new Error(`the document has no ${field} of ${path}`);
  return found;
};

const allows = ({ allOf = [], pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Schema, text: string) =>
  (pattern === undefined || new RegExp(pattern, 'u').test(text)) &&
  [...text].length >= minLength &&
  [...text].length <= maxLength &&
  allOf.every((each): boolean => allows(each, text));

const PHONES = [
  ...['', ' ', '+', '0', '+0123456789', 'not +12025550101', '+1202555010x', '12025550101', '+1', '+123456', '+1234567'],
  ...['+12025550101', ' 12025550101', '  12025550101', '+1 (202) 555-0101', ' +1.202.555.0101 ', '+ 1 202 555 01 01'],
  ...['+123456789012345', '+1234567890123456', '\n+12025550101\n', '+1202555٠101', '(+1) 2025550101', '++12025550101'],
];
const ANYBODY = ['', ' ', '()', '12', '1-2', '(-)', '101', '1-0-1', 'sip:dana@example.com', '  a b c', '+12025550101'];
const REASONS = [
  ...['', ' ', '\n', 'asked', ' asked ', 'two\nlines', 'a tab\t', '\u0085', 'x'.repeat(200), 'x'.repeat(201), '😀'],
  ...['call +12025550101', 'call 202-555-0101', 'ticket 1234567', 'ticket 123456', '2026-07-25', '+1 ••• 0101'],
];

describe.each([
  ['/memos/find', 'phone', PHONES, {}],
  ['/suppressions', 'phone', PHONES, {}],
  ['/suppressions/show', 'phone', PHONES, {}],
  ['/suppressions/remove', 'phone', PHONES, {}],
  ['/erase', 'phone', ANYBODY, {}],
  ['/suppressions', 'reason', REASONS, { chat: CHAT }],
])('POST %s takes as %s what the document says', (path, field, texts, others) => {
  const schema = documented(path, field);

  test.each(texts.map((text) => [text]))('%j', async (text) => {
    const body = JSON.stringify({ ...others, [field]: text });
    const headers = { authorization: `Bearer ${KEYS[0]}` };
    const answer = await testApi().app.request(`${path}?${path === '/erase' ? 'dry_run=true' : ''}`, {
      ...{ method: 'POST', headers, body },
    });
    expect(answer.status).toBe(allows(schema, text) ? 200 : 400);
  });

  test('some, and not all', () => {
    const allowed = texts.filter((text) => allows(schema, text));
    expect(allowed.length).toBeGreaterThan(1);
    expect(allowed.length).toBeLessThan(texts.length - 1);
  });
});
