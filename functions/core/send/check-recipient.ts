import { onceKey } from '../model/keys.ts';
import { checkPolicy } from '../policy/send-policy.ts';
import type { StepVerdict } from '../ports/ports.ts';
import { deferOrSkip } from './defer-or-skip.ts';
import type { Addressed, SendMemoPorts } from './send-ports.ts';

/**
 * Whether the memo may go to its chat now. Two targets may lead to one chat: the first memo claims the recording for
 * it, the second is `skipped`. The day's allowance is counted here, after the claim.
 * @returns undefined where the memo may go
 */
export const checkRecipient = async (ports: SendMemoPorts, row: Addressed): Promise<StepVerdict | undefined> => {
  const { ledger, keyValues, clock } = ports;
  const { chat } = row;
  if (!(await ledger.claim(onceKey(row.recording, chat, row.part?.number), row.id))) {
    const note = { reason: 'another memo carries this recording to this chat' };
    await ledger.move(row.id, { from: 'stored', to: 'skipped', where: { generation: row.generation }, note });
    return { kind: 'done', outcome: 'skipped' };
  }
  const policy = await checkPolicy(keyValues, { memo: row.id, chat, target: row.target, nowMs: clock.nowMs() });
  return policy.kind === 'free' ? undefined : deferOrSkip(ports, row, policy);
};
