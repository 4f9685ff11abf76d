import { isSettled, type MemoState } from '../../functions/core/memo.ts';
import type { Arrived } from './linq-chats.ts';

/** One call, as its sender knows it. */
export interface Sent {
  call: string;
  chat: string;
  /** Of its recording; absent where the configuration changes the sound, and bytes say nothing. */
  digest?: string;
  /** Whether a 2xx was seen. */
  acknowledged: boolean;
  /** The memos that the 2xx named. */
  memos: readonly string[];
}

/** What the ledger says of a memo. */
export interface Row {
  id: string;
  state: MemoState;
  reason?: string | undefined;
  history: readonly { at: string; state: string; reason?: string | undefined; code?: string | undefined }[];
}

export const FINDINGS = {
  lost: 'acknowledged, and there is no row or it never came to an end',
  doubled: 'two messages in the chat',
  silent: 'it ended without a reason',
  false: 'the row says one thing and the chat another',
  'wrong bytes': 'the sound in the chat is not the sound of the call',
  'asked again': 'Linq was asked again after the recipient had opted out',
} as const;
export type FindingKind = keyof typeof FINDINGS;

export interface Finding {
  kind: FindingKind;
  memo: string;
  what: string;
  row?: Row | undefined;
}

export interface Account {
  calls: number;
  acknowledged: number;
  /** Acknowledged recordings that are in their chat once, with their own bytes. */
  delivered: number;
  /** Memos that ended otherwise, by state and reason. */
  ended: readonly { state: MemoState; reason: string; count: number }[];
  findings: readonly Finding[];
}

/** What was promised against what is there. Who was not acknowledged is owed nothing, but must not be doubled either. */
export const takeAccount = (facts: {
  sent: readonly Sent[];
  rows: ReadonlyMap<string, Row>;
  arrived: readonly Arrived[];
  optedOutThenAsked?: readonly string[];
}): Account => {
  const { sent, rows, arrived, optedOutThenAsked = [] } = facts;
  const findings: Finding[] = [];
  const find = (kind: FindingKind, memo: string, what: string) =>
    findings.push({ kind, memo, what, row: rows.get(memo) });
  const inChats = Map.groupBy(arrived, ({ memo }) => memo);
  const callOf = new Map(sent.flatMap((call) => call.memos.map((memo) => [memo, call] as const)));

  for (const [memo, messages] of inChats) {
    const owner = callOf.get(memo);
    if (messages.length > 1)
      find('doubled', memo, `${messages.length} messages, ${owner ? 'acknowledged' : 'never acknowledged'}`);
    for (const message of messages) {
      const call = owner ?? callByDigest(sent, message);
      if (!call) find('wrong bytes', memo, 'a message whose sound is no call’s');
      else if (call.chat !== message.chat) find('wrong bytes', memo, `it is in the chat ${message.chat}`);
      else if (call.digest !== undefined && call.digest !== message.digest)
        find('wrong bytes', memo, 'its sound is not that of its call');
    }
  }
  for (const messages of Map.groupBy(arrived, ({ chat, digest }) => `${chat} ${digest}`).values()) {
    const memos = [...new Set(messages.map(({ memo }) => memo))];
    const known = sent.some(({ digest }) => digest === messages[0]?.digest);
    if (memos.length > 1 && known) find('doubled', memos[0] ?? '', `one recording came as ${memos.join(' and ')}`);
  }
  for (const memo of new Set(optedOutThenAsked)) find('asked again', memo, FINDINGS['asked again']);

  const ended = new Map<string, { state: MemoState; reason: string; count: number }>();
  let delivered = 0;
  for (const call of sent.filter(({ acknowledged }) => acknowledged)) {
    if (call.memos.length === 0) find('lost', '', `the call ${call.call} was acknowledged without a memo`);
    for (const memo of call.memos) {
      const row = rows.get(memo);
      const messages = inChats.get(memo) ?? [];
      if (!row) find('lost', memo, 'acknowledged, and there is no row');
      else if (!isSettled(row.state)) find('lost', memo, `it is still ${row.state}`);
      else if (isDelivered(row.state)) {
        if (messages.length === 0) find('false', memo, `the row says ${row.state}, and nothing is in the chat`);
        if (messages.length === 1) delivered += 1;
      } else {
        if (messages.length > 0 && row.state !== 'parked')
          find('false', memo, `the row says ${row.state}, and a message is in the chat`);
        if (!row.reason) find('silent', memo, `it is ${row.state}, and nobody says why`);
        const reason = row.reason ?? '';
        const line = ended.get(`${row.state} ${reason}`) ?? { state: row.state, reason, count: 0 };
        ended.set(`${row.state} ${reason}`, { ...line, count: line.count + 1 });
      }
    }
  }
  return {
    calls: sent.length,
    acknowledged: sent.filter(({ acknowledged }) => acknowledged).length,
    delivered,
    ended: [...ended.values()].sort((a, b) => b.count - a.count),
    findings,
  };
};

const isDelivered = (state: MemoState): boolean => ['sent', 'delivered', 'read'].includes(state);

/** A call that was never acknowledged has told nobody its memo's id: its sound does. */
const callByDigest = (sent: readonly Sent[], { chat, digest }: Arrived): Sent | undefined =>
  sent.find((call) => call.digest === digest) ??
  sent.find((call) => call.digest === undefined && !call.acknowledged && call.chat === chat);
