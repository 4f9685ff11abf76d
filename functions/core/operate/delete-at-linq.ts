import { whoseFile } from '../model/memo-file.ts';
import type { LinqErasure } from '../model/messages.ts';
import { backOffMs, type Timing } from '../model/timing.ts';
import type { Clock, Log, Messenger, NotSent, StepVerdict } from '../ports/ports.ts';

export interface EraseAtLinqPorts {
  messenger: Pick<Messenger, 'deleteAttachment' | 'filesOf' | 'listSent'>;
  clock: Clock;
  timing: Timing;
  random: () => number;
  log: Log;
}

type Erasure = LinqErasure['erase'];
type Found = { kind: 'files'; attachments: readonly string[]; mayCome?: true } | NotSent;

/**
 * Deletes Linq's copies of an erased memo's audio. The step is repeated until Linq has deleted them, or the message is
 * too old for SQS. A memo with an unknown attempt is searched in the chat for as long as Linq would be asked about the
 * attempt.
 */
export const eraseAtLinq =
  (ports: EraseAtLinqPorts) =>
  async ({ erase }: LinqErasure, receives: number): Promise<StepVerdict> => {
    const { messenger, timing, random, log } = ports;
    const { memo } = erase;
    const later = (answer: NotSent): StepVerdict => {
      const { reason } = answer;
      if (answer.kind === 'our-fault') log.error(reason, { step: 'send', memo, outcome: 'our-fault', reason });
      const asked = 'retryAfterMs' in answer ? (answer.retryAfterMs ?? 0) : 0;
      return { kind: 'later', delayMs: Math.max(asked, backOffMs(receives, timing.retry, random)), reason };
    };

    const found = await filesAtLinq(ports, erase);
    if (found.kind !== 'files') return later(found);
    for (const attachment of found.attachments) {
      const answer = await messenger.deleteAttachment(attachment);
      if (answer.kind !== 'deleted') return later(answer);
    }
    if (found.mayCome) {
      const delayMs = Math.max(timing.askLinqAfterMs[0], backOffMs(receives, timing.retry, random));
      return { kind: 'later', delayMs, reason: 'Linq may still list the memo in the chat' };
    }
    log.info('erased at Linq', {
      step: 'send',
      memo,
      outcome: 'erased',
      reason: `copies: ${found.attachments.length}`,
    });
    return { kind: 'done', outcome: 'erased' };
  };

/** Deletes an attachment of a memo that was erased during the upload: no row has the attachment's id. */
export const takeBack = async (
  { messenger, log }: { messenger: Pick<Messenger, 'deleteAttachment'>; log: Log },
  memo: string,
  attachmentId: string,
): Promise<void> => {
  const answer = await messenger.deleteAttachment(attachmentId);
  if (answer.kind !== 'deleted')
    log.error(`copies are left at Linq: ${attachmentId}`, {
      step: 'send',
      memo,
      outcome: 'not-erased',
      reason: answer.reason,
    });
};

/** Finds the copies by their ids, by their messages, and in the chat by the memo's file name. */
const filesAtLinq = async (
  { messenger, clock, timing }: EraseAtLinqPorts,
  { memo, attachments, messages = [], look }: Erasure,
): Promise<Found> => {
  const files = new Set(attachments);
  for (const message of messages) {
    const answer = await messenger.filesOf(message);
    if (answer.kind !== 'files') return answer;
    for (const file of answer.attachments) files.add(file);
  }
  if (!look) return { kind: 'files', attachments: [...files] };
  const listed = await messenger.listSent(look.chat, Date.parse(look.since) - timing.lookBackMs);
  if (listed.kind === 'no-list') {
    const wait = listed.retryAfterMs !== undefined && { retryAfterMs: listed.retryAfterMs };
    if (listed.ours) return { kind: 'our-fault', reason: listed.reason };
    // The attempt is so old that Linq's list proves nothing. The copies with known ids are still deleted.
    if (ageMs(clock, look) > timing.linqForgetsMs) return { kind: 'files', attachments: [...files] };
    return { kind: 'not-now', waitsFor: 'linq', reason: listed.reason, ...wait };
  }
  for (const { parts = [] } of listed.messages)
    for (const { id, filename } of parts) if (id && whoseFile(filename, { id: memo }) === 'ours') files.add(id);
  const mayCome = ageMs(clock, look) < timing.askLinqAfterMs[2];
  return { kind: 'files', attachments: [...files], ...(mayCome && { mayCome }) };
};

const ageMs = (clock: Clock, { attemptedAt }: NonNullable<Erasure['look']>): number =>
  clock.nowMs() - Date.parse(attemptedAt);
