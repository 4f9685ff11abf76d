import { DAY_MS } from '../model/timing.ts';
import { takeBack } from '../operate/delete-at-linq.ts';
import { isErased } from '../operate/drop-erased.ts';
import { checkPolicy } from '../policy/send-policy.ts';
import type { NotSent, StepVerdict, VoiceMemo } from '../ports/ports.ts';
import { applyAnswer, byUrl, harmless } from './apply-answer.ts';
import { ERASED } from './check-recipient.ts';
import { deferOrSkip } from './defer-or-skip.ts';
import type { Addressed, SendMemoPorts } from './send-ports.ts';

/** `uploaded`: set where the upload happened just now. An upload may take a minute. */
type Ready = { kind: 'ready'; memo: VoiceMemo; uploaded?: string };

/** Audio is kept for at least 28 days. */
const FRESH_MS = DAY_MS;

/**
 * Prepares what the POST carries: a presigned URL, or an attachment at Linq. Checks again what may have changed since
 * `checkRecipient`: whether the memo was erased and, after an upload, the send policy.
 */
export const makeReady = async (
  ports: SendMemoPorts,
  row: Addressed,
  receives: number,
): Promise<Ready | StepVerdict> => {
  const { keyValues, clock } = ports;
  // The first try of a new memo: its audio is there, and presigning asks nobody, so nothing has changed since the checks.
  const isFresh = receives === 1 && row.attempts === 0 && clock.nowMs() - Date.parse(row.createdAt) < FRESH_MS;
  const ready = await prepare(ports, row, isFresh);
  if (ready.kind !== 'ready') return applyAnswer(ports, row, 'stored', ready, receives);
  if (isFresh && ready.uploaded === undefined) return ready;
  if (ready.uploaded !== undefined) {
    const { id, chat, target } = row;
    const policy = await checkPolicy(keyValues, { memo: id, chat, target, nowMs: clock.nowMs() });
    if (policy.kind !== 'free') return deferOrSkip(ports, row, policy, ready.uploaded);
  }
  if (!(await isErased(keyValues, row))) return ready;
  const { memo } = ready;
  // The row does not know an attachment that was uploaded just now, so an erasure by the row would miss it.
  if ('attachmentId' in memo && memo.attachmentId !== row.uploaded) await takeBack(ports, row.id, memo.attachmentId);
  return ERASED;
};

const prepare = async (ports: SendMemoPorts, row: Addressed, isFresh: boolean): Promise<Ready | NotSent> => {
  const { audio, messenger, timing } = ports;
  // Without this check, a URL to a deleted object or its upload would be retried without end.
  if (!isFresh && !(await audio.head(row.audio.key)))
    return { kind: 'refused', to: 'failed', reason: 'its audio has expired' };
  if (byUrl(ports, row)) return { kind: 'ready', memo: { url: await audio.presignGet(row.audio, timing.presignMs) } };
  if (row.uploaded) return { kind: 'ready', memo: { attachmentId: row.uploaded } };
  const uploaded = await messenger.upload(row.audio, () => audio.read(row.audio.key));
  if (uploaded.kind !== 'uploaded') return harmless(uploaded);
  const { attachmentId } = uploaded;
  return { kind: 'ready', memo: { attachmentId }, uploaded: attachmentId };
};
