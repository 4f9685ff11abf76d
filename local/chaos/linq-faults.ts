import { dice, seedFor } from './seeded.ts';

/** An answer in place of Linq's own. */
export type Instead =
  | { status: number; code?: number; retryAfterSeconds?: number }
  | { html: number }
  | 'silence'
  | 'the connection is cut'
  | 'its own, without the id';

interface Behaviour {
  /** How many messages Linq really makes; the answer may hide it. */
  takes: 0 | 1 | 2;
  /** Linq's own answer where absent. */
  answer?: Instead;
  /** The wait before Linq accepts the memo, and before it answers: parts of the 45 seconds that a POST may take. */
  takesAfter?: number;
  answersAfter?: number;
}

/** Linq's possible faults at `POST /v3/chats/{chatId}/voicememo`. */
export const LINQ_FAULTS = {
  none: { takes: 1 },
  'slow answer': { takes: 1, answersAfter: 0.4 },
  '503': { takes: 0, answer: { status: 503, code: 4004 } },
  '429 with Retry-After': { takes: 0, answer: { status: 429, code: 1007, retryAfterSeconds: 1 } },
  '401': { takes: 0, answer: { status: 401, code: 2004 } },
  '500/5002, could not fetch': { takes: 0, answer: { status: 500, code: 5002 } },
  '404/2007, not ready': { takes: 0, answer: { status: 404, code: 2007 } },
  '403/2024, opted out': { takes: 0, answer: { status: 403, code: 2024 } },
  'HTML 502': { takes: 0, answer: { html: 502 } },
  'taken, HTML 502': { takes: 1, answer: { html: 502 } },
  'taken, 500': { takes: 1, answer: { status: 500, code: 3006 } },
  'taken, silence': { takes: 1, answer: 'silence' },
  'taken, cut': { takes: 1, answer: 'the connection is cut' },
  'taken, no id': { takes: 1, answer: 'its own, without the id' },
  'taken after we hung up': { takes: 1, takesAfter: 1.3, answer: 'silence' },
  /** Linq's own fault: the bridge cannot prevent it, and `verify` must find it. */
  'taken twice': { takes: 2 },
} as const satisfies Record<string, Behaviour>;

export type LinqFault = keyof typeof LINQ_FAULTS;
export const behaviourOf = (fault: LinqFault): Behaviour => LINQ_FAULTS[fault];

/** About so many of a hundred first attempts in a storm meet each fault. */
const WEIGHTS = {
  none: 60,
  'slow answer': 3,
  '503': 3,
  '429 with Retry-After': 5,
  '500/5002, could not fetch': 3,
  '404/2007, not ready': 3,
  'HTML 502': 2,
  'taken, HTML 502': 2,
  'taken, 500': 4,
  'taken, silence': 3,
  'taken, cut': 4,
  'taken, no id': 4,
  'taken after we hung up': 2,
} as const satisfies Partial<Record<LinqFault, number>>;

/** Whether the answer leaves open if Linq has the memo. By Linq's documentation, only these answers do. */
export const leavesOpen = (fault: LinqFault): boolean => {
  const { answer } = behaviourOf(fault);
  if (answer === undefined) return false;
  if (typeof answer === 'string' || 'html' in answer) return true;
  return answer.status >= 500 && answer.code !== 5002;
};

/**
 * The fault of a memo's nth attempt. Only the seed decides, not the time. Later attempts meet fewer faults, and then
 * none. At most one answer leaves open whether Linq has the memo: after two such answers, the bridge asks a person,
 * which is a kind of chat of its own.
 */
export const linqFaultBySeed = (seed: number, memo: string, nth: number): LinqFault => {
  const fault = throwFault(seed, memo, nth);
  const wasOpen = Array.from({ length: nth - 1 }, (_, n) => throwFault(seed, memo, n + 1)).some(leavesOpen);
  return wasOpen && leavesOpen(fault) ? 'none' : fault;
};

const throwFault = (seed: number, memo: string, nth: number): LinqFault => {
  const thrown = dice(seedFor(seed, 'linq', memo, nth));
  if (nth > 3 || (nth > 1 && thrown.chance(0.7))) return 'none';
  return thrown.weighted(WEIGHTS);
};

/** The fault of a request for a chat's messages; after some requests, there are no more faults. */
export type ListFault = 'none' | 'list: 500' | 'list: silence';
export const listFaultBySeed = (seed: number, chat: string, nth: number): ListFault =>
  nth > LIST_FAULTS_END
    ? 'none'
    : dice(seedFor(seed, 'list', chat, nth)).weighted({ none: 70, 'list: 500': 18, 'list: silence': 12 });
const LIST_FAULTS_END = 8;

/** How long after accepting a message Linq lists it: at once, or within two minutes of scaled time. */
export const listedAfterMsBySeed = (seed: number, memo: string, scale: number): number => {
  const thrown = dice(seedFor(seed, 'listed', memo));
  return thrown.chance(0.2) ? thrown.between(1, 110) * 1000 * scale : 0;
};
