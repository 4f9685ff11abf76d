import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { recordingSchema } from '../functions/core/model/recording.ts';
import type { WebhookRequest } from '../functions/core/ports/source.ts';

/** What an event must be classified as. */
const expectationSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('recordings'),
    recordings: z.array(recordingSchema.omit({ source: true }).strict()),
    unread: z.string().optional(),
  }),
  z.strictObject({ kind: z.enum(['ignored', 'not-ready', 'unreadable']), reason: z.string().min(1) }),
]);

const fixtureSchema = z.strictObject({
  name: z.string().min(1),
  method: z.enum(['POST', 'GET']),
  url: z.url(),
  headers: z.record(z.string().regex(/^[a-z0-9-]+$/), z.string()),
  /** The raw text; bytes that are not UTF-8 are in `bodyBase64` instead. */
  body: z.string().exactOptional(),
  bodyBase64: z.base64().exactOptional(),
  nowSeconds: z.number().int(),
  secret: z.string().min(1),
  expect: expectationSchema,
});

/** One event as a source delivers it, and what the bridge must make of it. */
export interface Fixture {
  name: string;
  request: WebhookRequest;
  nowSeconds: number;
  /** The secret that signed the delivery, in the form in which the source is configured with it. */
  secret: string;
  expect: z.infer<typeof expectationSchema>;
}

/** Every event of `test/fixtures/<source>/*.json`, by its file's name. */
export const loadFixtures = (source: string): Readonly<Record<string, Fixture>> => {
  const folder = new URL(`./fixtures/${source}/`, import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return Object.fromEntries(files.map((file) => [file.replace(/\.json$/, ''), readFixture(new URL(file, folder))]));
};

/** The fixture of that name, or an error that lists the existing names. */
export const pick = (fixtures: Readonly<Record<string, Fixture>>, name: string): Fixture => {
  const found = fixtures[name];
  if (!found) throw new Error(`there is no fixture ${name}, only ${Object.keys(fixtures).join(', ')}`);
  return found;
};

const readFixture = (file: URL): Fixture => {
  const { body, bodyBase64, method, url, headers, ...rest } = fixtureSchema.parse(
    JSON.parse(readFileSync(file, 'utf8')),
  );
  const bytes = bodyBase64 === undefined ? Buffer.from(body ?? '') : Buffer.from(bodyBase64, 'base64');
  return { ...rest, request: { method, url, headers, body: new Uint8Array(bytes) } };
};
