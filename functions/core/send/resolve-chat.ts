import type { StepVerdict } from '../ports/ports.ts';
import { applyAnswer, harmless } from './apply-answer.ts';
import { checkPerson } from './check-recipient.ts';
import { findChat } from './find-chat.ts';
import type { Sendable, SendMemoPorts } from './send-ports.ts';

/**
 * The chat of a memo: fixed by an earlier attempt, named by the target, or found by the line and the person's number.
 * Where the memo cannot go on, its row says why and the verdict ends the step.
 */
export const resolveChat = async (
  ports: SendMemoPorts,
  row: Sendable,
  receives: number,
): Promise<{ kind: 'chat'; chat: string } | StepVerdict> => {
  const { id, target, chat } = row;
  if (chat) return { kind: 'chat', chat };
  if ('chat' in target) return { kind: 'chat', chat: target.chat };

  const held = await checkPerson(ports, row);
  if (held) return held;
  const found = await findChat(ports, { id }, target);
  if (found.kind === 'chat') return found;
  return found.kind === 'unrouted'
    ? markUnrouted(ports, row, found.reason)
    : applyAnswer(ports, row, 'stored', harmless(found), receives);
};

const markUnrouted = async (
  { ledger }: SendMemoPorts,
  { id, generation }: Sendable,
  reason: string,
): Promise<StepVerdict> => {
  await ledger.move(id, { from: 'stored', to: 'unrouted', where: { generation }, note: { reason } });
  return { kind: 'done', outcome: 'unrouted' };
};
