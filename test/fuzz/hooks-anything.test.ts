import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { all, answerTo, byFetch, byLambda, goodStillWorks, isHandshake, raw } from '../http/answering.ts';
import {
  anyBody,
  anyHeaders,
  anyPath,
  anyQuery,
  headerValue,
  METHODS,
  oddlySaid,
  type Raw,
  shown,
  spoil,
} from '../http/anything.ts';
import { bytes, type Speaker } from '../http/deliveries.ts';
import { sameToItsScheme, UNSIGNED } from '../http/same-to-scheme.ts';

// The hooks of the shipped configuration answer any request soon and as documented, and keep nothing that the sender's
// secret did not sign: `answerTo` checks both. A good delivery follows each request, and is kept.

const RUNS = 100;
const TIMES = `${RUNS} × ${all.length} sources`;
const namesIn = ({ good }: Speaker) => Object.keys(good.headers);
const proofNames = [...new Set(all.flatMap(namesIn))];

beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {}); // hides Hono's own log of URLs that no Request can have
});
afterAll(() => {
  vi.restoreAllMocks();
});

describe.each([
  ['app.fetch', byFetch],
  ['the Lambda handler', byLambda],
])('through %s', (_entry, ask) => {
  test.each(all)(`a stranger's request keeps nothing (${TIMES}): $name`, async (speaker) => {
    const requests = fc.record({
      method: fc.constantFrom(...METHODS),
      path: anyPath(speaker.name),
      query: anyQuery,
      headers: anyHeaders([...proofNames, ...Array(9).fill(namesIn(speaker)).flat()]),
      body: anyBody,
    });
    await fc.assert(
      fc.asyncProperty(requests, async (sent) => {
        const answer = await answerTo(ask, sent, 'nothing');
        if (answer.status === 200 && !isHandshake(sent, answer)) throw new Error(`believed: ${shown(sent)}`);
        await goodStillWorks(ask, speaker);
      }),
      { numRuns: RUNS },
    );
  });

  test.each(all)(`a good delivery with anything unsigned around it is kept (${TIMES}): $name`, async (speaker) => {
    const [{ covers }, good] = [speaker, raw(speaker.good)];
    await fc.assert(
      fc.asyncProperty(anyHeaders(['x-other']), anyQuery, async (headers, query) => {
        const others = headers.filter(([name]) => ![...proofNames, ...FRAMING].includes(name.toLowerCase()));
        await answerTo(ask, { ...good, headers: [...good.headers, ...others] }, 'kept');
        // What cannot be read in a query is said. Where the query is signed, another one makes it somebody else's.
        const forged = covers.url === true && [...new URLSearchParams(query)].length > 0;
        const { status } = await answerTo(
          ask,
          { ...good, query },
          forged && !query.includes('#') ? 'nothing' : 'either',
        );
        expect(covers.url === true ? [200, 401] : [200, 400]).toContain(status);
      }),
      { numRuns: RUNS },
    );
  });

  test.each(all)(`a good delivery whose proof no longer fits keeps nothing (${TIMES}): $name`, async (speaker) => {
    const [{ name, covers }, good] = [speaker, raw(speaker.good)];
    const proofs = good.headers.map(([header]) => header).filter((header) => !UNSIGNED.includes(header));
    const bodies = spoil(good.body).map((body) => ({
      sent: { ...good, body },
      unproved: covers.body && !sameToItsScheme(name, body, good.body),
    }));
    const headers = proofs.map((proof) =>
      headerValue.map((value) => ({ sent: withHeader(good, proof, value), unproved: true })),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(bodies, ...headers), async ({ sent, unproved }) => {
        await answerTo(ask, sent, unproved ? 'nothing' : 'either');
        await goodStillWorks(ask, speaker);
      }),
      { numRuns: RUNS },
    );
  });

  test.each(all)(`an odd body, well signed, is kept, or it is said why not (${TIMES}): $name`, async (speaker) => {
    const bodies = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...speaker.bodies).chain(oddlySaid) }, anyBody);
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const signed = speaker.sign(body);
        fc.pre(signed !== undefined);
        const sent = raw(signed ?? speaker.good);
        const answer = await answerTo(ask, sent, 'either');
        if (!isHandshake(sent, answer)) expect(reasonIn(answer.text)).toMatch(/./);
        await goodStillWorks(ask, speaker);
      }),
      { numRuns: RUNS },
    );
  });
});

test.each([
  ['twilio', 'AccountSid', 400],
  ['twilio', 'CallSid', 200],
  ['telnyx', 'recording_id', 400],
])('%s, well signed, with half a surrogate pair for its %s: %i, and no 503', async (name, field, status) => {
  const speaker = all.find((each) => each.name === name);
  const body = speaker?.bodies.find((each) => each.startsWith('{')) ?? '';
  const odd = body.replace(new RegExp(`("${field}":\\s*)"[^"]*"`), '$1"\\ud800"');
  expect(odd).toContain('ud800');
  const signed = speaker?.sign(bytes(odd));
  const answer = await answerTo(byFetch, raw(signed ?? expect.fail()), status === 200 ? 'either' : 'nothing');
  expect(answer.status).toBe(status);
  if (status === 400) expect(JSON.parse(answer.text).error.code).toBe('unreadable');
});

/** Headers that the platform itself writes. */
const FRAMING = ['content-length', 'transfer-encoding'];

const withHeader = (sent: Raw, name: string, value: string): Raw => ({
  ...sent,
  headers: sent.headers.map(([each, good]) => [each, each === name ? value : good]),
});

const reasonIn = (text: string): string => {
  const { memos, pending, ignored, error } = JSON.parse(text);
  return memos?.[0] ?? pending ?? ignored ?? error.message;
};
