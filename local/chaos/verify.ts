import { DELIVERED_STATES, type Ending, type Expectation, FINAL_STATES } from './expectation.ts';
import type { Arrived } from './linq-chats.ts';
import { type Facts, FINDINGS, type Find, type Finding, type Row, type Sent, type Verdict } from './verdict.ts';
import { findDisorder } from './verify-order.ts';
import { parkedInDoubt } from './verify-parked.ts';

// Judges a storm by the plan, the senders' answers, the rows and the chats, without using the bridge's own code.

/** Compares the plan with the results. A call without a 2xx may get no memo, but must not get two either. */
export const verify = (facts: Facts): Verdict => {
  const { sent, rows, arrived, optedOutThenAsked = [] } = facts;
  const findings: Finding[] = [];
  const find: Find = (kind, memo, what) => findings.push({ kind, memo, what, row: rows.get(memo) });
  const callOf = new Map(sent.flatMap((call) => call.memos.map((memo) => [memo, call] as const)));
  const inChats = Map.groupBy(arrived, ({ memo }) => memo);

  const allowedTwice = countDoubles(sent, callOf, inChats, find);
  findWrongBytes(sent, callOf, arrived, find);
  for (const memo of new Set(optedOutThenAsked)) find('asked again', memo, FINDINGS['asked again']);

  const parked = parkedInDoubt(facts);
  const { delivered, erased, ended } = judgeCalls(facts, inChats, parked, find);
  const late = findDisorder(facts, inChats, find);
  return {
    calls: sent.length,
    acknowledged: sent.filter(({ acknowledged }) => acknowledged).length,
    delivered,
    allowedTwice,
    late,
    erased,
    parkedInDoubt: parked.count(find),
    ended: [...ended.values()].sort((a, b) => b.count - a.count),
    findings,
  };
};

type Ended = Map<string, { state: string; reason: string; count: number }>;

/** Compares each acknowledged call with its rows and its chat. */
const judgeCalls = (
  facts: Facts,
  inChats: ReadonlyMap<string, Arrived[]>,
  parked: ReturnType<typeof parkedInDoubt>,
  find: Find,
): { delivered: number; erased: number; ended: Ended } => {
  const { sent, rows, toleranceMs = 0 } = facts;
  const ended: Ended = new Map();
  let [delivered, erased] = [0, 0];
  for (const call of sent.filter(({ acknowledged }) => acknowledged)) {
    if (call.memos.length === 0) find('lost', '', `the call ${call.call} was acknowledged without a memo`);
    for (const memo of call.memos) {
      const messages = inChats.get(memo) ?? [];
      if (call.expects?.kind === 'erased') {
        erased += 1;
        findAfterErasure(call, memo, rows.get(memo), messages, toleranceMs, find);
        continue;
      }
      const whole = judgeParts(call, memo, facts, inChats, parked, find);
      if (whole) delivered += 1;
      const row = rows.get(memo);
      if (row) countEnd(row, ended);
      if (row && call.expects) findAnotherEnd(call.expects, call, row, messages, toleranceMs, parked, find);
    }
  }
  return { delivered, erased, ended };
};

/** Counts an undelivered memo by its state and reason. */
const countEnd = ({ state, reason = '' }: Row, ended: Ended) => {
  if (!FINAL_STATES.includes(state) || DELIVERED_STATES.includes(state)) return;
  const line = ended.get(`${state} ${reason}`) ?? { state, reason, count: 0 };
  ended.set(`${state} ${reason}`, { ...line, count: line.count + 1 });
};

/** @returns whether every part of the call is in its chat, and its rows say so */
const judgeParts = (
  call: Sent,
  memo: string,
  { rows }: Facts,
  inChats: ReadonlyMap<string, Arrived[]>,
  parked: ReturnType<typeof parkedInDoubt>,
  find: Find,
): boolean => {
  const parts = call.expects?.kind === 'delivered' ? (call.expects.parts ?? 1) : 1;
  const ids = Array.from({ length: parts }, (_, n) => (n === 0 ? memo : `${memo}-${n + 1}`));
  const delivered = ids.filter((id) => judgeMemo(id, rows.get(id), inChats.get(id) ?? [], find));
  for (const id of ids.slice(1)) findUndelivered(call, rows.get(id), inChats.get(id) ?? [], parked, find);
  return delivered.length === parts;
};

const countDoubles = (
  sent: readonly Sent[],
  callOf: ReadonlyMap<string, Sent>,
  inChats: ReadonlyMap<string, Arrived[]>,
  find: Find,
): number => {
  let allowed = 0;
  for (const [memo, messages] of inChats) {
    if (messages.length < 2) continue;
    const owner = callOf.get(firstPartOf(memo)) ?? (messages[0] && callByDigest(sent, messages[0]));
    const mayBeTwo = owner?.expects?.kind === 'delivered' && owner.expects.mayBeTwo;
    if (mayBeTwo && messages.length === 2) allowed += 1;
    else
      find(
        'doubled',
        memo,
        `${messages.length} messages, ${owner?.acknowledged ? 'acknowledged' : 'never acknowledged'}`,
      );
  }
  const sounds = Map.groupBy([...inChats.values()].flat(), ({ chat, digest }) => `${chat} ${digest}`);
  for (const messages of sounds.values()) {
    const memos = [...new Set(messages.map(({ memo }) => memo))];
    const known = sent.some(({ digest }) => digest === messages[0]?.digest);
    if (memos.length > 1 && known) find('doubled', memos[0] ?? '', `one recording came as ${memos.join(' and ')}`);
  }
  return allowed;
};

const findWrongBytes = (
  sent: readonly Sent[],
  callOf: ReadonlyMap<string, Sent>,
  arrived: readonly Arrived[],
  find: Find,
) => {
  for (const message of arrived) {
    const owner = callOf.get(firstPartOf(message.memo));
    if (owner?.expects?.kind === 'erased') continue; // Linq's copy is deleted too
    const call = owner ?? callByDigest(sent, message);
    if (!call) find('wrong bytes', message.memo, 'a message whose sound is no call’s');
    else if (call.chat !== message.chat) find('wrong bytes', message.memo, `it is in the chat ${message.chat}`);
    else if (call.digest !== undefined && call.digest !== message.digest)
      find('wrong bytes', message.memo, 'its sound is not that of its call');
  }
};

/** @returns whether the memo is in its chat and its row says so */
const judgeMemo = (memo: string, row: Row | undefined, messages: readonly Arrived[], find: Find): boolean => {
  if (!row) find('lost', memo, 'acknowledged, and there is no row');
  else if (!FINAL_STATES.includes(row.state)) find('lost', memo, `it is still ${row.state}`);
  else if (DELIVERED_STATES.includes(row.state)) {
    if (messages.length > 0) return true;
    find('false', memo, `the row says ${row.state}, and nothing is in the chat`);
  } else {
    if (messages.length > 0 && row.state !== 'parked')
      find('false', memo, `the row says ${row.state}, and a message is in the chat`);
    if (!row.reason) find('silent', memo, `it is ${row.state}, and nobody says why`);
  }
  return false;
};

type Parked = ReturnType<typeof parkedInDoubt>;

const findUndelivered = (
  { expects }: Sent,
  row: Row | undefined,
  messages: readonly Arrived[],
  parked: Parked,
  find: Find,
) => {
  if (!row || expects?.kind !== 'delivered') return;
  if (!FINAL_STATES.includes(row.state) || DELIVERED_STATES.includes(row.state)) return;
  if (!parked.mayBe(expects, row, messages)) find('another end', row.id, `planned delivered, it is ${told(row)}`);
};

const told = (is: Row | undefined) => (is ? `${is.state}${is.reason ? `: ${is.reason}` : ''}` : 'not there');

const findAnotherEnd = (
  expects: Exclude<Expectation, { kind: 'erased' }>,
  call: Sent,
  row: Row,
  messages: readonly Arrived[],
  toleranceMs: number,
  parked: Parked,
  find: Find,
) => {
  const { before } = call;
  const isSo = (is: Row | undefined, ending: Ending) =>
    is !== undefined && ending.states.includes(is.state) && ending.reason.test(is.reason ?? '');
  if (expects.kind === 'ends') {
    if (!isSo(row, expects))
      find('another end', row.id, `planned ${expects.states.join(' or ')} (${expects.reason}), it is ${told(row)}`);
    return;
  }
  findUndelivered(call, row, messages, parked, find);
  if (expects.first && !isSo(before, expects.first))
    find(
      'another end',
      row.id,
      `planned ${expects.first.states.join(' or ')} before its replay, it was ${told(before)}`,
    );
  const { notBeforeMs = 0 } = expects;
  for (const { createdMs } of messages)
    if (createdMs < notBeforeMs - toleranceMs)
      find('too early', row.id, `${Math.round((notBeforeMs - createdMs) / 1000)} s before quiet hours ended`);
};

const findAfterErasure = (
  { erasedMs }: Sent,
  memo: string,
  row: Row | undefined,
  messages: readonly Arrived[],
  toleranceMs: number,
  find: Find,
) => {
  if (row) find('another end', memo, `planned erased, its row is ${row.state}`);
  if (erasedMs === undefined) return;
  for (const { createdMs } of messages)
    if (createdMs > erasedMs + toleranceMs)
      find(
        'after erasure',
        memo,
        `${Math.round((createdMs - erasedMs) / 1000)} s after the bridge said that it is erased`,
      );
};

const firstPartOf = (memo: string): string => memo.replace(/-\d+$/, '');

/** Nobody knows the memo id of a call that was never acknowledged, so its sound identifies the call. */
const callByDigest = (sent: readonly Sent[], { chat, digest }: Arrived): Sent | undefined =>
  sent.find((call) => call.digest === digest) ??
  sent.find((call) => call.digest === undefined && !call.acknowledged && call.chat === chat);
