import { onceKey, talkKeys } from '../model/keys.ts';
import { erasureKeysOfMemo, isErased } from '../operate/drop-erased.ts';
import { readTogether } from '../policy/read-together.ts';
import { checkPolicy, policyKeysOf } from '../policy/send-policy.ts';
import type { StepVerdict } from '../ports/ports.ts';
import { deferOrSkip } from './defer-or-skip.ts';
import type { Addressed, Sendable, SendMemoPorts } from './send-ports.ts';

/** `send` drops the message. The sweep finds the overdue row and gives it to `store`, which erases it. */
export const ERASED: StepVerdict = { kind: 'done', outcome: 'erased' };

/**
 * Whether the memo may go to its chat now. Two targets may lead to one chat: the first memo claims the recording for
 * it, the second is `skipped`. The day's allowance is counted here, after the claim.
 * @returns undefined where the memo may go
 */
export const checkRecipient = async (ports: SendMemoPorts, row: Addressed): Promise<StepVerdict | undefined> => {
  const { ledger } = ports;
  const facts = await factsAbout(ports, row, row.chat);
  if (await isErased(facts, row)) return ERASED;
  if (!(await ledger.claim(onceKey(row.recording, row.chat, row.part?.number), row.id))) {
    return skip(ports, row, 'another memo carries this recording to this chat');
  }
  if (!(await claimTalk(ports, row)))
    return skip(ports, row, 'another memo carries another recording of this talk to this chat');
  return applyPolicy(ports, row, facts, row.chat);
};

/** Whether the chat gets this kind of recording of the talk; true where a talk is recorded once. A later try claims the same keys again. */
const claimTalk = async ({ ledger }: SendMemoPorts, { recording, chat }: Addressed): Promise<boolean> => {
  for (const key of talkKeys(recording, chat)) if (!(await ledger.claim(key, recording.talk?.kind ?? ''))) return false;
  return true;
};

const skip = async ({ ledger }: SendMemoPorts, { id, generation }: Addressed, reason: string): Promise<StepVerdict> => {
  await ledger.move(id, { from: 'stored', to: 'skipped', where: { generation }, note: { reason } });
  return { kind: 'done', outcome: 'skipped' };
};

/**
 * The same before the chat is known. A chat may be opened with a first message, which must not reach a person that the
 * memo itself may not reach.
 */
export const checkPerson = async (ports: SendMemoPorts, row: Sendable): Promise<StepVerdict | undefined> => {
  const facts = await factsAbout(ports, row);
  return (await isErased(facts, row)) ? ERASED : applyPolicy(ports, row, facts);
};

/** Erasures, suppressions and the line's status, in one request. */
const factsAbout = ({ keyValues }: SendMemoPorts, row: Sendable, chat?: string) =>
  readTogether(keyValues, [...erasureKeysOfMemo(row), ...policyKeysOf({ target: row.target, ...(chat && { chat }) })]);

const applyPolicy = async (
  ports: SendMemoPorts,
  row: Sendable,
  facts: Awaited<ReturnType<typeof factsAbout>>,
  chat?: string,
): Promise<StepVerdict | undefined> => {
  const { keyValues, clock } = ports;
  const readers = { ...facts, join: keyValues.join };
  const about = { memo: row.id, target: row.target, nowMs: clock.nowMs(), ...(chat && { chat }) };
  const policy = await checkPolicy(readers, about);
  return policy.kind === 'free' ? undefined : deferOrSkip(ports, row, policy);
};
