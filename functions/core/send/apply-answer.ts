import { chatKey } from '../model/keys.ts';
import { isFinal, type Memo } from '../model/memo.ts';
import { backOffMs, isoTime, ourFaultDelayMs } from '../model/timing.ts';
import { runWaitClock, waitingSinceMs } from '../model/wait-clock.ts';
import { recipientsOf, suppress } from '../policy/suppression-list.ts';
import type { LinqTrace, Move, NotSent, StepVerdict } from '../ports/ports.ts';
import { OUR_FAULT } from './find-sent.ts';
import { markUnknown } from './mark-unknown.ts';
import type { SendMemoPorts } from './send-ports.ts';

/** The answer's row, and the state that the answer is written from. */
interface Context {
  ports: SendMemoPorts;
  row: Memo;
  from: 'stored' | 'sending';
  receives: number;
  note: NonNullable<Move['note']>;
}
type AnswerOf<K extends NotSent['kind']> = Extract<NotSent, { kind: K }>;

/**
 * Writes the result of an attempt (from `sending`), or of preparing one (from `stored`), where Linq has not taken the
 * memo.
 * @param receives how often SQS gave out the message: the back-off grows with it
 */
export const applyAnswer = async (
  ports: SendMemoPorts,
  row: Memo,
  from: 'stored' | 'sending',
  answer: NotSent,
  receives: number,
): Promise<StepVerdict> => {
  const note = { ...traceNote(answer, row.attempts), reason: answer.reason };
  const context: Context = { ports, row, from, receives, note };
  switch (answer.kind) {
    case 'refused':
      return refuse(context, answer);
    case 'unknown':
      return markUnknown(ports, row, note);
    case 'our-fault':
      return waitForUs(context, answer);
    case 'cannot-fetch':
      if (!byUrl(ports, row)) return end(context, 'failed');
      return back(context, backOff(context), { set: { cannotFetch: row.cannotFetch + 1 } });
    case 'not-now':
      return waitForLinq(context, answer);
  }
};

/**
 * Linq abandons a chat when it moves its people to another line. A chat that was found by number is then looked up
 * again, once.
 */
const CHAT_GONE = '404/2001';
const OPTED_OUT = '403/2024';

const refuse = async (context: Context, answer: AnswerOf<'refused'>): Promise<StepVerdict> => {
  const { ports, row } = context;
  const { target } = row;
  if (answer.code === CHAT_GONE && row.chat && target && !('chat' in target) && mayLookUpAgain(row)) {
    await ports.keyValues.remove(chatKey(target));
    return back(context, backOff(context), { set: { lookedUpAgain: true }, clear: ['chat'] });
  }
  if (answer.code === OPTED_OUT)
    await suppress(ports, recipientsOf(row), { by: 'linq', reason: 'Linq says that they opted out' });
  return end(context, answer.to);
};

/** If an earlier attempt may have reached the chat that is gone, a new chat would get the memo a second time. */
const mayLookUpAgain = ({ lookedUpAgain, unknownSince }: Memo): boolean => !lookedUpAgain && unknownSince === undefined;

/** Our key or our line is refused: retried without end, and the wait clock does not run. */
const waitForUs = async (context: Context, { reason }: AnswerOf<'our-fault'>): Promise<StepVerdict> => {
  const { row, ports } = context;
  const { clock, timing, random, log } = ports;
  log.error(OUR_FAULT, { step: 'send', memo: row.id, outcome: 'our-fault', reason });
  return back(context, ourFaultDelayMs(timing, random), {
    set: { waitingFor: 'us', ownFaultSince: row.ownFaultSince ?? isoTime(clock.nowMs()) },
    clear: ['waitingSince', 'pausedAt'],
  });
};

/** Linq or the line asks for time: retried until the wait clock says that the memo failed. */
const waitForLinq = async (context: Context, answer: AnswerOf<'not-now'>): Promise<StepVerdict> => {
  const { row, ports } = context;
  const { clock, timing } = ports;
  const longMs = (answer.retryAfterMs ?? 0) > timing.notNowMs; // a daily allowance: 429 may ask for hours
  const waitingFor = row.waitingFor === 'line' || longMs ? 'line' : answer.waitsFor;
  const nowMs = clock.nowMs();
  if (nowMs - waitingSinceMs(row, nowMs) > (waitingFor === 'line' ? timing.lineTroubleMs : timing.notNowMs))
    return end(context, 'failed');
  const { set, clear } = runWaitClock(row, nowMs);
  return back(context, backOff(context, answer.retryAfterMs), { set: { ...set, waitingFor }, clear });
};

const end = async ({ ports, row, from, note }: Context, to: 'failed' | 'skipped'): Promise<StepVerdict> => {
  const move: Move = { from, to, where: whereIsOurs(row, from), note, clear: ['token'] };
  return (await ports.ledger.move(row.id, move)) ? { kind: 'done', outcome: to } : currentVerdict(ports, row.id);
};

const back = async (
  { ports, row, from, note }: Context,
  delayMs: number,
  { set, clear = [] }: Pick<Move, 'set' | 'clear'>,
): Promise<StepVerdict> => {
  await ports.ledger.move(row.id, {
    ...{ from, to: 'stored', where: whereIsOurs(row, from), note },
    set: { ...set, dueAt: isoTime(ports.clock.nowMs() + delayMs) },
    clear: ['token', ...clear],
  });
  return { kind: 'later', delayMs, reason: note.reason ?? '' };
};

const whereIsOurs = (
  { generation, token, attempts }: Memo,
  from: 'stored' | 'sending',
): NonNullable<Move['where']> => ({
  generation,
  ...(from === 'sending' && token ? { token } : { attempts }),
});

const backOff = ({ ports: { timing, random }, receives }: Context, leastMs = 0): number =>
  Math.max(leastMs, backOffMs(receives, timing.retry, random));

/** Another run has written the row meanwhile: its state says whether anything is left to do. */
const currentVerdict = async ({ ledger, timing }: SendMemoPorts, id: string): Promise<StepVerdict> => {
  const row = await ledger.get(id);
  if (!row || isFinal(row.state)) return { kind: 'done', outcome: row?.state ?? 'no row' };
  return { kind: 'later', delayMs: timing.retry.firstMs, reason: `another run made the memo ${row.state}` };
};

/** After Linq has failed twice to fetch a URL, the audio is uploaded as an attachment. */
export const byUrl = ({ delivery }: SendMemoPorts, row: Memo): boolean => delivery === 'url' && row.cannotFetch < 2;

/**
 * An upload, a search for a chat or the opening of one sends no memo: it may be repeated where its result is unknown.
 */
export const harmless = (outcome: NotSent): NotSent =>
  outcome.kind === 'unknown' || outcome.kind === 'cannot-fetch'
    ? { ...outcome, kind: 'not-now', waitsFor: 'linq' }
    : outcome;

export const traceNote = ({ code, traceId }: LinqTrace, attempt: number): NonNullable<Move['note']> => ({
  attempt,
  ...(code && { code }),
  ...(traceId && { traceId }),
});
