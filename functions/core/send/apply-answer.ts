import { chatKey } from '../model/keys.ts';
import { isFinal, type Memo } from '../model/memo.ts';
import { backOffMs, isoTime, ourFaultDelayMs } from '../model/timing.ts';
import { runWaitClock, waitingSinceMs } from '../model/wait-clock.ts';
import { recipientsOf, suppress } from '../policy/suppression-list.ts';
import type { LinqTrace, Move, NotSent, StepVerdict } from '../ports/ports.ts';
import { OUR_FAULT } from './find-sent.ts';
import { markUnknown } from './mark-unknown.ts';
import type { SendMemoPorts } from './send-ports.ts';

/** Writes what came of an attempt (from `sending`), or of making it ready (from `stored`), where Linq has not taken the memo. */
export const applyAnswer = async (
  ports: SendMemoPorts,
  row: Memo,
  from: 'stored' | 'sending',
  answer: NotSent,
  receives: number,
): Promise<StepVerdict> => {
  const { ledger, keyValues, clock, timing, random, log } = ports;
  const where = {
    generation: row.generation,
    ...(from === 'sending' && row.token ? { token: row.token } : { attempts: row.attempts }),
  };
  const note = { ...traceNote(answer, row.attempts), reason: answer.reason };
  const end = async (to: 'failed' | 'skipped'): Promise<StepVerdict> => {
    const moved = await ledger.move(row.id, { from, to, where, note, clear: ['token'] });
    return moved ? { kind: 'done', outcome: to } : whatItIsNow(ports, row.id);
  };
  const back = async (delayMs: number, rest: Pick<Move, 'set' | 'clear'>): Promise<StepVerdict> => {
    const set = { ...rest.set, dueAt: isoTime(clock.nowMs() + delayMs) };
    await ledger.move(row.id, { from, to: 'stored', where, note, set, clear: ['token', ...(rest.clear ?? [])] });
    return { kind: 'later', delayMs, reason: answer.reason };
  };
  const backOff = (leastMs = 0) => Math.max(leastMs, backOffMs(receives, timing.retry, random));

  switch (answer.kind) {
    case 'refused':
      if (answer.code === CHAT_GONE && row.chat && row.target && !('chat' in row.target) && mayLookUpAgain(row)) {
        await keyValues.remove(chatKey(row.target));
        return back(backOff(), { set: { lookedUpAgain: true }, clear: ['chat'] });
      }
      if (answer.code === OPTED_OUT)
        await suppress(ports, recipientsOf(row), { by: 'linq', reason: 'Linq says that they opted out' });
      return end(answer.to);
    case 'unknown':
      return markUnknown(ports, row, note);
    case 'our-fault':
      log.error(OUR_FAULT, {
        step: 'send',
        memo: row.id,
        outcome: 'our-fault',
        reason: answer.reason,
      });
      return back(ourFaultDelayMs(timing, random), {
        set: { waitingFor: 'us', ownFaultSince: row.ownFaultSince ?? isoTime(clock.nowMs()) },
        clear: ['waitingSince', 'pausedAt'],
      });
    case 'cannot-fetch':
      if (!byUrl(ports, row)) return end('failed');
      return back(backOff(), { set: { cannotFetch: row.cannotFetch + 1 } });
    case 'not-now': {
      const longMs = (answer.retryAfterMs ?? 0) > timing.notNowMs; // a daily allowance: 429 may ask for hours
      const waitingFor = row.waitingFor === 'line' || longMs ? 'line' : answer.waitsFor;
      const nowMs = clock.nowMs();
      if (nowMs - waitingSinceMs(row, nowMs) > (waitingFor === 'line' ? timing.lineTroubleMs : timing.notNowMs))
        return end('failed');
      const { set, clear } = runWaitClock(row, nowMs);
      return back(backOff(answer.retryAfterMs), { set: { ...set, waitingFor }, clear });
    }
  }
};

/** Linq abandons a chat when it moves its people to another line: one that was found by its people is found again, once. */
const CHAT_GONE = '404/2001';
const OPTED_OUT = '403/2024';

/** Not where an earlier attempt may lie in the chat that is gone: in the new one the memo would be there twice. */
const mayLookUpAgain = ({ lookedUpAgain, unknownSince }: Memo): boolean => !lookedUpAgain && unknownSince === undefined;

/** Once a URL has failed Linq twice it will fail again: then the audio goes up as an attachment. */
export const byUrl = ({ delivery }: SendMemoPorts, row: Memo): boolean => delivery === 'url' && row.cannotFetch < 2;

/** What sends no memo (an upload, finding or opening a chat) may be done again where nobody knows its end. */
export const harmless = (outcome: NotSent): NotSent =>
  outcome.kind === 'unknown' || outcome.kind === 'cannot-fetch'
    ? { ...outcome, kind: 'not-now', waitsFor: 'linq' }
    : outcome;

/** Another run has written meanwhile: its row says whether anything is left to do. */
const whatItIsNow = async ({ ledger, timing }: SendMemoPorts, id: string): Promise<StepVerdict> => {
  const row = await ledger.get(id);
  if (!row || isFinal(row.state)) return { kind: 'done', outcome: row?.state ?? 'no row' };
  return { kind: 'later', delayMs: timing.retry.firstMs, reason: `another run made it ${row.state}` };
};

export const traceNote = ({ code, traceId }: LinqTrace, attempt: number): NonNullable<Move['note']> => ({
  attempt,
  ...(code && { code }),
  ...(traceId && { traceId }),
});
