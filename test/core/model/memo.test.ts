import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFinal, MEMO_ID, MOVES, memoId, REPLAYS, STATES } from '../../../functions/core/model/memo.ts';
import { CHAT, OTHER_CHAT } from '../../fakes/examples.ts';

const facts = fc.record({ source: fc.string(), id: fc.string(), chat: fc.option(fc.string(), { nil: undefined }) });
type Facts = { source: string; id: string; chat: string | undefined };
const idOf = ({ source, id, chat }: Facts) => memoId({ source, id }, chat === undefined ? undefined : { chat });

describe('a memo id', () => {
  test('is m_ and 26 characters of base32, whatever it is made from', () => {
    fc.assert(
      fc.property(facts, (given) => {
        expect(idOf(given)).toMatch(/^m_[a-z2-7]{26}$/);
        expect(idOf(given)).toMatch(MEMO_ID);
      }),
    );
  });

  test('is the head of the SHA-256 in RFC 4648 base32', () => {
    const digest = createHash('sha256').update(`["acme","RE1","chat:${CHAT}"]`).digest();
    const number = BigInt(`0x${digest.toString('hex')}`) >> 126n; // 256 - 130 bits
    const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
    let expected = '';
    for (let rest = number; expected.length < 26; rest >>= 5n) expected = alphabet[Number(rest & 31n)] + expected;
    expect(memoId({ source: 'acme', id: 'RE1' }, { chat: CHAT })).toBe(`m_${expected}`);
  });

  test('is the same for the same recording and target, and says nothing of the rest', () => {
    const recording = { source: 'acme', id: 'RE1', from: '+1205', media: { kind: 'url', url: 'https://a.example' } };
    expect(memoId(recording, { chat: CHAT })).toBe(memoId({ source: 'acme', id: 'RE1' }, { chat: CHAT }));
  });

  test('is the same for a chat in upper case', () => {
    const recording = { source: 'acme', id: 'RE1' };
    expect(memoId(recording, { chat: CHAT.toUpperCase() })).toBe(memoId(recording, { chat: CHAT }));
  });

  test('is another where any part of it is another', () => {
    const ids = [
      idOf({ source: 'acme', id: 'RE1', chat: CHAT }),
      idOf({ source: 'acm', id: 'RE1', chat: CHAT }),
      idOf({ source: 'acme', id: 'RE2', chat: CHAT }),
      idOf({ source: 'acme', id: 'RE1', chat: OTHER_CHAT }),
      idOf({ source: 'acme', id: 'RE1', chat: undefined }),
      idOf({ source: 'acme', id: 'RE1', chat: '-' }),
      idOf({ source: 'acme', id: 're1', chat: CHAT }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('never meets another where the parts, put together, read alike', () => {
    // The same text, cut into three at different places: plain concatenation, or a separator in the text, would
    // collide.
    const text = fc.string({ unit: fc.constantFrom(...'ab,":[]\\#-\n'), minLength: 1, maxLength: 12 });
    const cuts = fc.tuple(fc.nat(12), fc.nat(12)).map((two) => two.toSorted((a, b) => a - b));
    const cutUp = (whole: string, [one = 0, two = 0]: number[]): Facts => ({
      source: whole.slice(0, one),
      id: whole.slice(one, two),
      chat: whole.slice(two),
    });
    fc.assert(
      fc.property(text, cuts, cuts, (whole, first, second) => {
        const [a, b] = [cutUp(whole, first), cutUp(whole, second)];
        const alike = a.source === b.source && a.id === b.id && a.chat === b.chat;
        expect(idOf(a) === idOf(b)).toBe(alike);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the moves of a memo', () => {
  const waysInto = (to: (typeof STATES)[number]) => STATES.filter((from) => MOVES[from].includes(to));

  test('only a stored memo is ever sent', () => {
    expect(waysInto('sending')).toEqual(['stored']);
  });

  test('what may have been sent becomes sendable again only by an answer or by asking Linq', () => {
    expect(waysInto('stored').filter((from) => !['received', 'stored'].includes(from))).toEqual(['sending', 'unknown']);
    expect(MOVES.unknown.toSorted()).toEqual(['parked', 'sent', 'stored']);
  });

  test('what has ended is moved by receipts alone, and what was never posted by nothing', () => {
    expect(MOVES).toMatchObject({ sent: ['delivered', 'read'], delivered: ['read'], read: [], rejected: [] });
    expect(MOVES).toMatchObject({ parked: ['sent'], unrouted: ['sent'], failed: ['sent'], skipped: ['sent'] });
  });

  test('a replay wakes what has settled, and never what is in hand', () => {
    expect(STATES.filter((state) => REPLAYS[state]).every(isFinal)).toBe(true);
    expect(STATES.filter(isFinal).every((state) => REPLAYS[state])).toBe(true);
  });

  test('four states have something left to happen by itself', () => {
    expect(STATES.filter((state) => !isFinal(state))).toEqual(['received', 'stored', 'sending', 'unknown']);
  });
});
