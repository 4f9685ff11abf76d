import { Hono } from 'hono';
import * as z from 'zod';
import { STATUS } from './errors.ts';
import { errorsOf, OPERATIONS, type Operation } from './openapi-operations.ts';
import { DESCRIPTIONS, ERRORS, PARAMETERS } from './openapi-words.ts';
import { NAMED } from './response-schemas.ts';

/** `GET /openapi.json`: made at the first request, from the schemas that parse requests. */
export const openapiRoutes = () => {
  let made: ReturnType<typeof openapiDocument> | undefined;
  return new Hono().get('/openapi.json', (c) => {
    made ??= openapiDocument();
    return c.json(made);
  });
};

type Json = Record<string, unknown>;

export const openapiDocument = () => ({
  openapi: '3.1.1',
  info: {
    title: 'Aftercall',
    version: '1',
    description:
      'Call recordings as native iMessage voice memos. Times are UTC (ISO 8601), telephone numbers E.164. Fields whose names end in _seconds are seconds, in _ms milliseconds; bytes are bytes. Answers may get more fields.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  paths: pathsOf(OPERATIONS),
  components: {
    schemas: namedSchemas(),
    securitySchemes: {
      apiKey: { type: 'http', scheme: 'bearer', description: 'AFTERCALL_API_KEY' },
      linq: {
        type: 'apiKey',
        in: 'header',
        name: 'webhook-signature',
        description: 'Standard Webhooks, with webhook-id and webhook-timestamp beside it',
      },
    },
  },
});

const pathsOf = (operations: readonly Operation[]): Record<string, Json> => {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method]: operationOf(operation) };
  }
  return paths;
};

const operationOf = (operation: Operation): Json => {
  const { id, summary, opens, body } = operation;
  return {
    operationId: id,
    summary,
    description: DESCRIPTIONS[id],
    security: opens === 'key' ? [{ apiKey: [] }] : opens === 'linq' ? [{ linq: [] }] : [],
    parameters: parametersOf(operation),
    ...(body && { requestBody: { required: true, content: contentOf(body) } }),
    responses: { ...goodAnswers(operation), ...errorAnswers(operation) },
  };
};

const parametersOf = ({ path, query, headers = {} }: Operation): Json[] => {
  const { properties = {}, required = [] } = query ? inputOf(query) : {};
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ ...parameter(name, 'path'), required: true, schema: TEXT })),
    ...Object.entries(properties).map(([name, schema]) => {
      return { ...parameter(name, 'query'), required: required.includes(name), schema };
    }),
    ...Object.entries(headers).map(([name, description]) => ({ name, in: 'header', description, schema: TEXT })),
  ];
};
const parameter = (name = '', place: 'path' | 'query') => ({ name, in: place, description: PARAMETERS[name] });
const TEXT = { type: 'string' };

const contentOf = (body: NonNullable<Operation['body']>): Json => {
  if (body === 'anything') return { '*/*': {} };
  const [first, ...others] = body.map(inputOf);
  return { 'application/json': { schema: others.length > 0 ? { anyOf: [first, ...others] } : first } };
};

const goodAnswers = ({ answers, opens }: Operation): Json => ({
  ...Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => [
      status,
      {
        description: DONE[status] ?? 'The bridge has done the request.',
        content: { 'application/json': { schema: referenceTo(schema) } },
      },
    ]),
  ),
  ...(opens === 'source' && {
    default: { description: 'What the call system asks for: the answer to its handshake, or a status of its own.' },
  }),
});
const DONE: Readonly<Record<string, string>> = {
  200: 'The bridge has done the request, or described its result if dry_run is set.',
  202: 'The work is queued.',
  503: 'A part of the bridge does not answer.',
};

const RETRY_AFTER = { description: 'Seconds until the same request may succeed.', schema: { type: 'integer' } };

const errorAnswers = (operation: Operation): Json => {
  const byStatus = Object.groupBy(errorsOf(operation), (code) => STATUS[code]);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes = []]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code]}`).join(' '),
        ...(codes.includes('unavailable') && { headers: { 'Retry-After': RETRY_AFTER } }),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
      },
    ]),
  );
};

/** The name of an answer's schema, or the schema itself where it has no name. */
const referenceTo = (schema: z.ZodType): Json => {
  const [name] = Object.entries(NAMED).find(([, named]) => named === schema) ?? [];
  return name ? { $ref: `#/components/schemas/${name}` } : plain(z.toJSONSchema(schema, { override: forAnswers }));
};

const namedSchemas = (): Record<string, Json> => {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const uri = (id: string) => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { uri, override: forAnswers });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema)]));
};

type Written = Parameters<NonNullable<z.core.ToJSONSchemaParams['override']>>[0];

/** Drops patterns that repeat a format, and limits of 2⁵³ that zod adds. */
const forRequests = ({ jsonSchema }: Written): void => {
  if (jsonSchema.format === 'date-time' || jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

/** Answers may get new fields, so their schemas are open. */
const forAnswers = (written: Written): void => {
  forRequests(written);
  if (written.jsonSchema.additionalProperties === false) delete written.jsonSchema.additionalProperties;
};

const inputOf = (schema: z.ZodType) =>
  plain(z.toJSONSchema(schema, { io: 'input', override: forRequests })) as Json & {
    properties?: Record<string, Json>;
    required?: string[];
  };

/** A schema inside another document. */
const plain = ({ $schema: _, $id, ...schema }: Json): Json => schema;
