import type { FetchPlan } from '../core/ports/source.ts';
import { type Answer, type Failed, tooLarge } from './recordings.body.ts';
import { packingOf } from './recordings.encoding.ts';
import { retryAfterMs } from './retry-after.ts';

/**
 * The meaning of an answer without audio; undefined where it may be audio. A person may fix a 401 or 403, so those
 * wait.
 */
export const notAudio = (
  { status, headers }: Pick<Answer, 'status' | 'headers'>,
  plan: FetchPlan,
  { nowMs, maxBytes }: { nowMs: number; maxBytes: number },
): Failed | undefined => {
  const after = retryAfterMs(headers['retry-after'], nowMs);
  const wait = after === undefined ? {} : { retryAfterMs: after };
  const reason = `the source answered ${status}`;
  if (status === 202 || status === 204 || plan.notYet.includes(status)) return { kind: 'not-yet', reason, ...wait };
  if (status === 401 || status === 403) {
    return { kind: 'trouble', reason: plan.whenRefused ? `${reason}: ${plan.whenRefused}` : reason, ...wait };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) return { kind: 'trouble', reason, ...wait };
  if (status === 404 || status === 410) return { kind: 'rejected', reason: `gone: ${reason}` };
  if (status !== 200) return { kind: 'rejected', reason };
  const packing = packingOf(headers['content-encoding']);
  if (packing.kind === 'refused') return { kind: 'rejected', reason: packing.reason };
  if (Number(headers['content-length'] ?? 0) > maxBytes) return tooLarge(`${headers['content-length']} bytes`);
  return undefined;
};
