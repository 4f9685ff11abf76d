import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { powertoolsLog, redact } from '../../functions/adapters/log.powertools.ts';

const SIGNED = 'https://bucket.s3.amazonaws.com/audio/m.mp3?X-Amz-Credential=AKIA&X-Amz-Signature=canary5ecret';
const NUMBER = '+12025550123';

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

const leaky = () => {
  const cause = new TypeError(`cannot fetch ${SIGNED}`, { cause: new Error(`from ${NUMBER}`) });
  const error = Object.assign(new Error(`GET "${SIGNED}" for ${NUMBER} failed`, { cause }), {
    code: 'ECONNRESET',
    config: { url: SIGNED },
    request: { body: 'canary5ecret' },
  });
  error.stack = `${error.stack}\n    at ${SIGNED}:1:2`;
  return error;
};

describe.each(['info', 'warn', 'error'] as const)('a line of %s', (level) => {
  test('is one JSON object with its facts', () => {
    powertoolsLog('store')[level]('stored', {
      step: 'store',
      source: 'twilio',
      memo: 'm_a',
      outcome: 'stored',
      ms: 12,
    });

    expect(lines).toHaveLength(1);
    expect(JSON.parse(String(lines[0]))).toMatchObject({
      level: level.toUpperCase(),
      message: 'stored',
      service: 'store',
      step: 'store',
      source: 'twilio',
      memo: 'm_a',
      outcome: 'stored',
      ms: 12,
    });
  });

  test('keeps what an error is, and neither signature nor number', () => {
    powertoolsLog('store')[level]('failed', { error: leaky(), reason: `${SIGNED} for ${NUMBER}` });

    const said = lines.join('');
    expect(JSON.parse(said).error).toMatchObject({
      name: 'Error',
      code: 'ECONNRESET',
      message: expect.stringContaining('https://bucket.s3.amazonaws.com/audio/m.mp3'),
      cause: { name: 'TypeError', cause: { name: 'Error' } },
    });
    expect(said).not.toContain('canary5ecret');
    expect(said).not.toContain('2025550123');
  });

  test.each([`twilio?from=${NUMBER}`, `twilio&from=${NUMBER.slice(1)}`, `twilio${NUMBER}`])(
    'keeps no number out of a hook’s path: %s',
    (source) => {
      powertoolsLog('receive')[level]('refused', { source });

      expect(JSON.parse(lines.join('')).source).toMatch(/^twilio/);
      expect(lines.join('')).not.toContain('2025550123');
    },
  );

  test.each([
    ['text', `failed at ${SIGNED} for ${NUMBER}`],
    ['an object', { url: SIGNED, number: NUMBER }],
    ['nothing', undefined],
    ['null', null],
  ])('takes %s that was thrown in place of an error', (_, thrown) => {
    powertoolsLog('store')[level]('failed', { error: thrown });

    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toMatch(/canary5ecret|2025550123/);
  });
});

describe('what is cut out of a text', () => {
  test.each([
    ['a number', '+12025550123'],
    ['a number with ornaments', '+1 (202) 555-0123'],
    ['a number with dots', '+1.202.555.0123'],
    ['an encoded number', '%2B12025550123'],
    ['a number of a SIP address', 'sip:+12025550123@carrier.example'],
    ['a number without its plus', '12025550123'],
    ['a number in JSON', '{"from":"12025550123"}'],
  ])('%s: %s', (_, text) => {
    expect(redact(`call from ${text} ended`)).not.toMatch(/202.{0,3}555.?0123/);
  });

  test.each([
    ['in quotes', `"${SIGNED}"`],
    ['in angle brackets', `<${SIGNED}>`],
    ['with a fragment', `${SIGNED}#canary5ecret`],
    ['with a second question mark', `${SIGNED}?canary5ecret`],
    ['twice', `${SIGNED} ${SIGNED}`],
  ])('a query string %s', (_, text) => {
    expect(redact(`GET ${text}, then`)).not.toContain('canary5ecret');
  });

  test.each([
    'Linq answered 302: is its base URL right?',
    'the source answered 503',
    'm_abcdefghijklmnopqrstuvwx23',
    'chat 550e8400-e29b-41d4-a716-446655440000',
    'at file:///var/task/index.mjs:123:4567',
    '2026-11-23T12:00:00.000Z',
    '10000000 bytes',
    '192.168.100.200',
  ])('nothing else: %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
