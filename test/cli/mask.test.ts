import fc from 'fast-check';
import { expect, test } from 'vitest';
import { masked, maskJson, maskParty, maskText } from '../../cli/base/mask.ts';

const none: ReadonlySet<string> = new Set();
const digits = fc.tuple(
  fc.integer({ min: 1, max: 9 }),
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 7, maxLength: 13 }),
);
const number = digits.map(([first, rest]) => `+${first}${rest.join('')}`);

test.each([
  ['+12025550101', '+1 ••• ••• 0101'],
  ['%2B12025550101', '+1 ••• ••• 0101'],
  ['+442071838750', '+44 ••• ••• 8750'],
  ['+4930123', '+49 ••• ••• 23'],
])('%s is shown as %s', (given, shown) => {
  expect(masked(given)).toBe(shown);
});

test('no number comes whole out of a text, wherever it stands', () => {
  fc.assert(
    fc.property(fc.string(), number, fc.constantFrom('', ' ', ',', ')', 'x'), (before, each, after) => {
      expect(maskText(before.replace(/[+\d]/g, '') + each + after, none)).not.toContain(each.slice(1));
    }),
  );
});

test('no number comes whole out of a field that is a party, however it is written', () => {
  fc.assert(
    fc.property(number, fc.constantFrom('from', 'to', 'line', 'handle', 'phone_number'), (each, field) => {
      const written = [each, each.slice(1), `(${each.slice(1, 4)}) ${each.slice(4)}`];
      const said = JSON.stringify(maskJson({ memos: [{ [field]: written }] }, none));
      for (const way of written) expect(said).not.toContain(way);
    }),
  );
});

test('ids, times and names stay, and what the user has typed', () => {
  const id = '550e8400-e29b-41d4-a716-446655440000';
  expect(maskText(`${id} 2026-11-23T15:04:05.120Z m_l65p52olyvqlbfwouhc27qiz66`, none)).toBe(
    `${id} 2026-11-23T15:04:05.120Z m_l65p52olyvqlbfwouhc27qiz66`,
  );
  expect(maskParty('ann@example.com', none)).toBe('ann@example.com');
  expect(maskText('+12025550101', new Set(['+12025550101']))).toBe('+12025550101');
});
