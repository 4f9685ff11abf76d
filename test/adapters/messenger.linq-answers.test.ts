import { describe, expect, test } from 'vitest';
import { decide, LINQ_ANSWERS } from '../../functions/adapters/messenger.linq-answers.ts';

const statuses = Array.from({ length: 400 }, (_, index) => 200 + index);
/** Every code that Linq's documentation lists, one it does not, and none. */
const codes = [
  undefined,
  ...[1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008],
  ...[2001, 2003, 2004, 2005, 2006, 2007, 2008, 2009, 2011, 2013, 2015, 2016, 2017, 2024, 2026, 2027],
  ...[3001, 3002, 3003, 3004, 3005, 3006, 3007, 4001, 4002, 4004, 5001, 5002, 5003, 5004, 5005, 5006],
  9999,
];
const answers = statuses.flatMap((status) => codes.map((code) => ({ status, code, ...decide(status, code) })));

describe('whatever Linq answers', () => {
  test('is decided, with a reason for the row', () => {
    const undecided = answers.filter(
      ({ kind, why }) => !['refused', 'not-now', 'our-fault', 'cannot-fetch', 'unknown'].includes(kind) || why === '',
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
