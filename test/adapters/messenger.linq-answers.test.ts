import { describe, expect, test } from 'vitest';
import { type Decision, decide, LINQ_ANSWERS } from '../../functions/adapters/messenger.linq-answers.ts';

type Verdict = { kind: Decision; to?: 'skipped'; waitsFor?: 'line' };
const failed: Verdict = { kind: 'refused' };
const skipped: Verdict = { kind: 'refused', to: 'skipped' };
const ourFault: Verdict = { kind: 'our-fault' };
const seconds: Verdict = { kind: 'not-now' };
const hours: Verdict = { kind: 'not-now', waitsFor: 'line' };
const unknown: Verdict = { kind: 'unknown' };

/**
 * From "Error Codes" in Linq's documentation and the page of each code: HTTP status, code, meaning, and our verdict.
 */
const documented: readonly [status: number, code: number, meaning: string, verdict: Verdict][] = [
  [400, 1001, 'a required field is missing', failed],
  [400, 1002, 'not E.164', failed],
  [400, 1003, 'bad JSON', failed],
  [422, 1003, 'valid, but it cannot be processed', failed],
  [400, 1004, 'bad content', failed],
  [400, 1005, 'a bad value', failed],
  [400, 5004, 'the type of file is not supported', failed],
  [400, 5005, 'the file is too large', failed],
  [400, 5006, "the content does not match the URL's extension", failed],
  [401, 2004, 'the token is missing or bad', ourFault],
  [403, 2005, 'not your resource', ourFault],
  [403, 2006, 'not your line', ourFault],
  [403, 2008, 'the recipient has not texted first', failed],
  [403, 2011, 'the feature is off for the account', ourFault],
  [403, 2024, 'the recipient opted out', skipped],
  [403, 2026, 'the recipient is blocked by you', skipped],
  [403, 2027, 'the line is temporarily ineligible', hours],
  [404, 2001, 'the chat is not found, or not yours', failed],
  [404, 2003, 'the attachment is not found', failed],
  [404, 2007, 'the attachment is still being processed', seconds],
  [409, 2009, 'the chat is still being created', seconds],
  [409, 2013, 'the chat was left or is unavailable', failed],
  [409, 2015, 'a state conflict, seen where no line may send', hours],
  [409, 2016, 'not in groups', failed],
  [409, 2017, 'not on this service', failed],
  [413, 5001, 'the memo is over 10 MB', failed],
  [429, 1007, 'the rate is limited', seconds],
  [500, 5001, 'a storage hiccup', unknown],
  [500, 5003, 'a storage hiccup', unknown],
  [500, 5002, 'your URL could not be downloaded', { kind: 'cannot-fetch' }],
  [500, 3001, 'on the side of the server', unknown],
  [500, 3002, 'on the side of the server', unknown],
  [500, 3003, 'on the side of the server', unknown],
  [500, 3004, 'on the side of the server', unknown],
  [504, 3005, 'on the side of the server', unknown],
  [500, 3006, 'on the side of the server', unknown],
  [500, 3007, 'the delivery attempts are spent', unknown],
  [500, 4001, 'delivery failed', unknown],
  [500, 4002, 'the line of the sender is offline', unknown],
  [503, 4004, 'downstream is out', unknown],
];

/** The verdict for a status when the code says no more, as in a gateway's own answers. */
const byStatus: readonly [status: number, verdict: Verdict][] = [
  ...[301, 302, 303, 307, 308].map((status): [number, Verdict] => [status, ourFault]),
  ...[400, 404, 405, 406, 409, 410, 411, 413, 414, 415, 418, 422].map((status): [number, Verdict] => [status, failed]),
  ...[401, 402, 403].map((status): [number, Verdict] => [status, ourFault]),
  [408, unknown],
  [429, seconds],
  ...[500, 501, 502, 503, 504, 507, 520, 524, 599].map((status): [number, Verdict] => [status, unknown]),
];
/** Codes of Linq that the documentation of voice memos does not mention. */
const unlisted = [
  ...[1006, 1008, 2002, 2010, 2012, 2014, 2018, 2019, 2021, 2022],
  ...[4003, 4005, 4006, 4007, 4008, 4009, 4010, 5007, 9999],
];

const verdictOf = ({ kind, to, waitsFor }: Verdict): Verdict => ({
  kind,
  ...(to && { to }),
  ...(waitsFor && { waitsFor }),
});

describe("an answer of Linq's", () => {
  test.each(documented)('%i/%i, %s: %j', (status, code, _, verdict) => {
    expect(verdictOf(decide(status, code))).toEqual(verdict);
  });

  test.each(byStatus)('%i under a code that nobody has listed, or none: %j', (status, verdict) => {
    for (const code of [undefined, ...unlisted]) expect(verdictOf(decide(status, code))).toEqual(verdict);
  });

  test('of 422 is a refusal under every code', () => {
    for (const [, code] of documented) expect(verdictOf(decide(422, code))).toEqual(failed);
  });

  test('that has a line of its own in our table is one of these', () => {
    const lines = [
      ...documented.map(([status, code]) => `${status}/${code}`),
      ...byStatus.map(([status]) => `${status}/*`),
    ];
    expect(Object.keys(LINQ_ANSWERS).filter((line) => !lines.includes(line))).toEqual([]);
  });

  test('that a line may not send for the moment is waited on for an hour where Linq does not say how long', () => {
    expect(decide(403, 2027).waitMs).toBe(60 * 60 * 1000);
  });
});

const statuses = Array.from({ length: 400 }, (_, index) => 200 + index);
const codes = [undefined, ...documented.map(([, code]) => code), ...unlisted];
const answers = statuses.flatMap((status) => codes.map((code) => ({ status, code, ...decide(status, code) })));

describe('whatever Linq answers', () => {
  test('is decided, with a reason for the row', () => {
    const undecided = answers.filter(
      ({ kind, reason }) =>
        !['refused', 'not-now', 'our-fault', 'cannot-fetch', 'unknown'].includes(kind) || reason === '',
    );

    expect(undecided).toEqual([]);
  });

  test('with a 5xx is unknown, but for the one that says our URL could not be fetched', () => {
    const known = answers.filter(({ status, kind }) => status >= 500 && kind !== 'unknown');

    expect(known.map(({ status, code, kind }) => `${status}/${code} ${kind}`)).toEqual(['500/5002 cannot-fetch']);
  });

  test('is sent again only where Linq says that nothing was sent', () => {
    const again = new Set(answers.filter(({ kind }) => kind === 'not-now').map(({ status }) => status));

    expect([...again].sort()).toEqual([403, 404, 409, 429]);
  });

  test('with 413 is refused under any code, also one that means a fault elsewhere', () => {
    expect(new Set(answers.filter(({ status }) => status === 413).map(({ kind }) => kind))).toEqual(
      new Set(['refused']),
    );
  });

  test('is no reason to skip unless the recipient said so', () => {
    const skipped = Object.keys(LINQ_ANSWERS).filter((answer) => LINQ_ANSWERS[answer]?.to === 'skipped');

    expect(skipped).toEqual(['403/2024', '403/2026']);
  });
});
