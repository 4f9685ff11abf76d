import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MEMO_ID, partId } from '../../../functions/core/model/memo.ts';
import { fileNameOf, memoNamed, type Whose, whoseFile } from '../../../functions/core/model/memo-file.ts';

const ID = `m_${'a2'.repeat(13)}`;
const OTHER = `m_${'b'.repeat(26)}`;
const whole = { id: ID };
const part = (number: number, of = 3) => ({ id: partId(ID, number), part: { number, of } });

describe('a memo of a whole call has every file that its id is in', () => {
  test.each([
    `${ID}.mp3`,
    `${ID}.m4a`,
    `${ID}.mp3.mp4`,
    ID,
    `${ID}-1a2b.mp3`,
    `${ID}-2.mp3`,
    `${ID} (1).mp3`,
    `${ID}_copy.CAF`,
    `${ID.toUpperCase()}.MP3`,
    `voice-memo_${ID}.mp3`,
    `https://cdn.linqapp.com/partner/${ID}.mp3`,
    `${OTHER}-of-${ID}.mp3`,
  ])('%s', (name) => {
    expect(whoseFile(name, whole)).toBe('ours');
    expect(memoNamed(name)).toBeDefined();
  });

  test.each<[string | undefined, Whose]>([
    [undefined, 'nobody'],
    ['', 'nobody'],
    ['voice-memo.m4a', 'nobody'],
    [`${ID.slice(0, -1)}.mp3`, 'nobody'],
    [`${ID.replace('_', '')}.mp3`, 'nobody'],
    [`${OTHER}.mp3`, 'another'],
    [`${OTHER.toUpperCase()}-9f.MP3`, 'another'],
  ])('and no other: %s', (name, whose) => {
    expect(whoseFile(name, whole)).toBe(whose);
  });
});

describe('the parts of a long call tell their files apart', () => {
  test.each<[string, Whose, Whose, Whose]>([
    [`${ID}.mp3`, 'ours', 'another', 'another'],
    [`${ID.toUpperCase()}.M4A`, 'ours', 'another', 'another'],
    [`${ID}-2.mp3`, 'one of the parts', 'ours', 'another'],
    [`x_${ID}-2-1a2b.caf`, 'one of the parts', 'ours', 'another'],
    [`${ID}-3`, 'one of the parts', 'another', 'ours'],
    // Linq has changed the name: nobody can tell which part the file is.
    [`${ID}-1a2b.mp3`, 'one of the parts', 'one of the parts', 'one of the parts'],
    [`${ID}-1.mp3`, 'one of the parts', 'one of the parts', 'one of the parts'],
    [`${ID}-4.mp3`, 'one of the parts', 'one of the parts', 'one of the parts'],
    [`${ID}-22.mp3`, 'one of the parts', 'one of the parts', 'one of the parts'],
    [`${ID} (2).mp3`, 'one of the parts', 'one of the parts', 'one of the parts'],
    [`${OTHER}-2.mp3`, 'another', 'another', 'another'],
    ['voice.m4a', 'nobody', 'nobody', 'nobody'],
  ])('%s', (name, ...whose) => {
    expect([1, 2, 3].map((number) => whoseFile(name, part(number)))).toEqual(whose);
  });
});

const letters = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567'),
  minLength: 26,
  maxLength: 26,
});
const ids = letters.map((text) => `m_${text}`);
const parts = fc
  .integer({ min: 1, max: 12 })
  .chain((of) => fc.record({ of: fc.constant(of), number: fc.integer({ min: 1, max: of }) }));

test('what one file makes, the same file reads: a name is its own memo’s and no other’s, in any case', () => {
  fc.assert(
    fc.property(
      ids,
      parts,
      parts,
      fc.constantFrom('mp3', 'm4a', 'wav', 'caf'),
      fc.boolean(),
      (first, one, two, ext, upper) => {
        const id = partId(first, one.number);
        expect(id).toMatch(MEMO_ID);
        const name = upper ? fileNameOf(id, ext).toUpperCase() : fileNameOf(id, ext);
        expect(whoseFile(name, { id, part: one })).toBe('ours');
        expect(memoNamed(name)).toEqual({ first, number: one.number });
        const number = (two.number % one.of) + 1;
        if (number === one.number) return;
        // The file is never taken for another part's. For part one the answer stays open: the file may be its own.
        const other = whoseFile(name, { id: partId(first, number), part: { number, of: one.of } });
        expect(other).toBe(number === 1 ? 'one of the parts' : 'another');
      },
    ),
  );
});

test('whatever Linq puts around an id or behind it, no file of a call is taken for nobody’s or for another call’s', () => {
  const around = fc.string({ maxLength: 12 }).map((text) => text.replaceAll('/', ''));
  fc.assert(
    fc.property(ids, parts, around, around, (first, one, before, after) => {
      fc.pre(!/m_[a-z2-7]{0,26}$/i.test(before));
      const named = whoseFile(`${before}${first}${after}`, { id: partId(first, one.number), part: one });
      expect(named).not.toBe('nobody');
      if (one.of === 1) expect(named).toBe('ours');
    }),
  );
});
