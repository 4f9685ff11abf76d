import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newChecks } from './checks.ts';
import { gatewayEvent } from './lambda/gateway-event.ts';
import { resolve } from './resources.ts';
import { missingTools } from './runtime-client.ts';
import { usageRows } from './table.ts';
import type { FunctionInTemplate, Template } from './template.ts';

// The parts of `npm run verify:deploy` that need nothing but Node: a miss fails the command, and requests become API
// Gateway's events.

const request = (url: string, rawHeaders: string[] = [], method = 'POST') => ({ method, url, rawHeaders });
const none = Buffer.alloc(0);

test('a request becomes an event as API Gateway makes one: names in lower case, values joined, cookies apart', () => {
  const raw = ['X-Forwarded-For', 'a', 'x-forwarded-for', 'b', 'Cookie', 'one=1; two=2', 'cookie', 'three=3'];
  const event = gatewayEvent(request('/my%20path?parameter1=value1&parameter1=value2&b=%2B', raw), none, '$default');
  expect(event).toMatchObject({
    version: '2.0',
    rawPath: '/my path',
    rawQueryString: 'parameter1=value1&parameter1=value2&b=%2B',
    queryStringParameters: { parameter1: 'value1,value2', b: '+' },
    headers: { 'x-forwarded-for': 'a,b' },
    cookies: ['one=1', 'two=2', 'three=3'],
    isBase64Encoded: false,
  });
  expect(event).not.toHaveProperty('body');
  expect(event.headers).not.toHaveProperty('cookie');
});

test.each([
  ['application/json', false],
  ['text/plain; charset=utf-8', false],
  ['application/xml', false],
  ['application/x-www-form-urlencoded', true],
  ['audio/wav', true],
])('a body of %s is in base64: %s', (type, isBase64Encoded) => {
  const event = gatewayEvent(request('/', ['Content-Type', type]), Buffer.from('Zoë'), '$default');
  expect(event.isBase64Encoded).toBe(isBase64Encoded);
  expect(Buffer.from(event.body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('Zoë');
});

test('a value of the template that nothing here stands for is an error', () => {
  const physical = new Map([
    ['Queue', 'https://sqs/queue'],
    ['Queue.Arn', 'arn:aws:sqs:queue'],
  ]);
  expect(resolve({ 'Fn::Join': ['/', [{ Ref: 'Queue' }, 'x']] }, physical)).toBe('https://sqs/queue/x');
  expect(resolve({ 'Fn::GetAtt': ['Queue', 'Arn'] }, physical)).toBe('arn:aws:sqs:queue');
  expect(() => resolve({ Ref: 'Nobody' }, physical)).toThrow('Nobody');
  expect(() => resolve({ 'Fn::ImportValue': 'x' }, physical)).toThrow('Fn::ImportValue');
});

test('a check that throws is a miss with its reason, and a stage without a check is one too', async () => {
  expect(newChecks().result().ok).toBe(false);
  const { check, result } = newChecks();
  await check('one', () => {});
  await check('two', async () => {
    throw new Error('it is\nbroken');
  });
  expect(result(['more'])).toEqual({ ok: false, lines: ['1 of 2 checks hold', 'more', 'MISS two: it is broken'] });
});

test('a check that never ends is a miss with its name', async () => {
  const { check, result } = newChecks();

  await check('an answer comes', () => new Promise(() => {}), 20);

  expect(result()).toEqual({
    ok: false,
    lines: ['0 of 1 checks hold', 'MISS an answer comes: not ended after 0.02 seconds'],
  });
});

test('a function that ran nothing, or passed its memory, is a miss', () => {
  const of = (name: string): FunctionInTemplate => ({
    id: name,
    name: name as FunctionInTemplate['name'],
    asset: '',
    handler: '',
    memoryMegabytes: 256,
    timeoutSeconds: 1,
    environment: {},
  });
  const template: Template = {
    resources: {},
    functions: [of('tend')],
    mappings: [],
    routes: [],
    scheduled: [],
    eventRules: [],
  };
  const ran = { events: 1, environments: 1, threads: 7, peakMegabytes: 100, memoryMegabytes: 256 };
  expect(usageRows(template, new Map([['tend', ran]])).ok).toBe(true);
  expect(usageRows(template, new Map()).lines).toContain('MISS tend was given no event');
  const { ok, lines } = usageRows(template, new Map([['tend', { ...ran, peakMegabytes: 256.5 }]]));
  expect([ok, lines.at(-1)]).toEqual([false, 'MISS tend has passed its memory']);
});

test('every program that the runtime client is built with is named where it is missing', async () => {
  const [empty, before] = [mkdtempSync(join(tmpdir(), 'aftercall-empty-')), process.env.PATH];
  process.env.PATH = empty;
  onTestFinished(() => {
    process.env.PATH = before;
    rmSync(empty, { recursive: true });
  });
  expect((await missingTools()).join(', ')).toMatch(/^cmake, make, a C\+\+ compiler .*, Python 3 .*, tar, xz$/);
});
