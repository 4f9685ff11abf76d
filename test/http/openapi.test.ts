import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pageFiles } from '../../functions/adapters/page-files.ts';
import { consoleRoutes } from '../../functions/http/console/console.ts';
import { ERROR_CODES, STATUS } from '../../functions/http/errors.ts';
import { openapiDocument } from '../../functions/http/openapi.ts';
import { errorsOf, OPERATIONS } from '../../functions/http/openapi-operations.ts';
import { testApi } from './api.ts';
import { receiving } from './receiving.ts';

type Json = Record<string, unknown>;
interface Written {
  operationId: string;
  summary: string;
  description: string;
  security: Record<string, unknown>[];
  parameters: { name: string; in: string; description: string; required?: boolean; schema: Json }[];
  responses: Record<string, { description: string }>;
}

const document = openapiDocument();
// A cast: `operationOf` makes this shape, and the tests below check that.
const written = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation: operation as Written })),
);

/** Every object inside, with its place. */
const within = (value: unknown, place = '#'): [string, Json][] => {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([name, each]) => within(each, `${place}/${name}`));
  return Array.isArray(value) ? inner : [[place, value as Json], ...inner];
};
const objects = within(document);

test('GET /openapi.json is the document, for whoever asks', async () => {
  const answer = await testApi().app.request('/openapi.json');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(document)));
});

test('it has every route of both apps but the page’s own, and no other', () => {
  const routesOf = (app: { routes: { method: string; path: string }[] }) =>
    // ALL: middleware.
    app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  // No request is made.
  const ofThePage = new Set(routesOf(consoleRoutes({ page: pageFiles() } as Parameters<typeof consoleRoutes>[0])));
  const registered = new Set([...routesOf(receiving().app), ...routesOf(testApi().app)]);
  const documented = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(ofThePage.size).toBeGreaterThan(5);
  expect([...registered].filter((route) => !ofThePage.has(route)).toSorted()).toEqual(documented.toSorted());
  expect(written.map(({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`)).toEqual(
    documented,
  );
});

describe('it is OpenAPI 3.1', () => {
  test('of that version, with a title and a version of its own', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  });

  test('where every operation has a name of its own', () => {
    const ids = written.map(({ operation }) => operation.operationId);
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(written)(
    'where $method $path declares each parameter of its path, and each once',
    ({ path, operation }) => {
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(inPath.map(({ name }) => name)).toEqual(named);
      expect(inPath.filter(({ required }) => !required)).toEqual([]);
      const places = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(new Set(places).size).toBe(places.length);
      for (const { schema } of operation.parameters) expect(schema).toBeTypeOf('object');
    },
  );

  test.each(written)('where $method $path is described in whole sentences, with its parameters and errors', (each) => {
    const { summary, description, parameters, responses } = each.operation;
    expect(summary).toMatch(/^[A-Z].{5,100}[^.]$/);
    for (const text of [description, ...parameters.map((parameter) => parameter.description)])
      expect(text).toMatch(/^[A-Z`].+\.$/);
    for (const { description: said } of Object.values(responses)) expect(said).toMatch(/^[A-Z`].+\.$/);
  });

  test.each(written)('where $method $path says what it answers, and what opens it', ({ operation }) => {
    const { responses, security } = operation;
    expect(Object.keys(responses).filter((status) => !/^([1-5]\d\d|default)$/.test(status))).toEqual([]);
    expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
    for (const { description } of Object.values(responses)) expect(description).toBeTruthy();
    const schemes = Object.keys(document.components.securitySchemes);
    for (const name of security.flatMap((each) => Object.keys(each))) expect(schemes).toContain(name);
  });

  test('where every reference leads somewhere', () => {
    const references = objects.flatMap(([place, { $ref }]) => (typeof $ref === 'string' ? [[place, $ref]] : []));
    const places = new Set(objects.map(([place]) => place));
    expect(references.length).toBeGreaterThan(OPERATIONS.length);
    expect(references.filter(([, reference = '']) => !places.has(reference))).toEqual([]);
  });

  test('where no schema has an id or a dialect of its own', () => {
    expect(objects.filter(([, object]) => '$id' in object || '$schema' in object)).toEqual([]);
  });

  test('where nothing is undefined', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});

test('whoever holds the key may do everything that is neither signed nor open', () => {
  const open = written.filter(({ operation }) => operation.security.length === 0).map(({ path }) => path);
  expect([...new Set(open)]).toEqual(['/hooks/{source}', '/health', '/openapi.json']);
});

test('an answer may have a new field one day, and a request may not', () => {
  const closed = objects.filter(([, { additionalProperties }]) => additionalProperties === false);
  expect(closed.length).toBeGreaterThan(5);
  expect(closed.filter(([place]) => !place.includes('/requestBody/'))).toEqual([]);
});

describe('the codes of errors', () => {
  test('are those of the table that makes statuses of them', () => {
    expect(document.components.schemas.Refusal).toMatchObject({
      properties: { error: { properties: { code: { enum: ERROR_CODES } } } },
    });
    expect(ERROR_CODES.toSorted()).toEqual(Object.keys(STATUS).toSorted());
  });

  test('that a request may be answered with stand in docs/api.md, with their status', () => {
    const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| (\d{3}) \| (`[a-z_`, ]+) \|/gm)].flatMap(([, status, codes = '']) =>
      [...codes.matchAll(/[a-z_]+/g)].map(([code]) => `${status} ${code}`),
    );
    const possible = [...OPERATIONS.flatMap(errorsOf), 'not_found' as const, 'method_not_allowed' as const].map(
      (code) => `${STATUS[code]} ${code}`,
    );
    expect(rows.toSorted()).toEqual([...new Set(possible)].toSorted());
  });
});
