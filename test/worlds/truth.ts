import { firstPartId } from '../../functions/core/model/memo.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { type Call, chatName } from './directory.ts';
import type { Erasure, Taken } from './facts.ts';
import type { Ended } from './world.ts';

/** Whether somebody asked for an erasure that covers this memo, and its answer did not leave the memo for later. */
export const wasErased = ({ facts }: Ended, call: Call, id: string): boolean =>
  facts.erasures.some(({ what, left }) => isAbout(what, call, id) && !isLeft(left, id));

/** An answer that leaves the first memo of a call leaves its parts, which may have no rows yet: the erasure is asked for again. */
export const isLeft = (left: readonly string[], id: string): boolean =>
  left.some((memo) => firstPartId(memo) === firstPartId(id));

export const isAbout = (what: Erasure['what'], { recording, memos }: Call, id: string): boolean => {
  if ('memo' in what) return firstPartId(what.memo) === firstPartId(id);
  if ('call' in what) return recording.callId === what.call;
  const target = memos.find((memo) => memo.id === firstPartId(id))?.target;
  return [recording.from, recording.to, target && 'handle' in target ? target.handle : undefined].includes(what.phone);
};

const LAST_QUESTION_MS = timing().askLinqAfterMs[2];

/** Groups the taken memos by recording, part and chat, each group in the order of arrival. */
export const inChats = ({ facts }: Ended): Taken[][] => [
  ...Map.groupBy(
    [...facts.taken].sort((a, b) => a.takenMs - b.takenMs),
    ({ recording, part, chat }) => `${recording} ${part} ${chat}`,
  ).values(),
];

export const doubles = (world: Ended) => {
  const { facts, directory } = world;
  const wrong: string[] = [];
  let limits = 0;
  for (const copies of inChats(world)) {
    const memos = new Set(copies.map(({ memo }) => memo));
    const forced = facts.replays.filter(({ memo, force }) => force && memos.has(memo)).length;
    const [first, ...more] = copies;
    if (!first || more.length <= forced) continue;
    const late = more.filter((copy) => copies.some((earlier) => earlier !== copy && isLimit(world, earlier, copy)));
    limits += Math.min(late.length, more.length - forced);
    if (more.length - forced > late.length)
      wrong.push(
        `${directory.nameOf(first.memo)} is ${copies.length} times in ${chatName(first.chat)}, ${forced} times by force`,
      );
  }
  return { wrong, limits };
};

/**
 * The documented limit: when the bridge last asked Linq before the second POST, Linq did not list the first memo yet,
 * and no receipt had named it when the second attempt began.
 */
const isLimit = ({ facts }: Ended, first: Taken, second: Taken): boolean => {
  if (first.takenMs > second.takenMs) return false;
  const named = facts.named.get(first.messageId);
  // A receipt that comes between the row's `sending` and the POST is too late: nothing is read in that moment.
  if (named !== undefined && named < second.attemptedMs) return false;
  const last = facts.questions.findLast(({ chat, ms }) => chat === first.chat && ms < second.postedMs);
  return last !== undefined && last.ms - first.attemptedMs >= LAST_QUESTION_MS && first.listedMs > last.ms;
};

/**
 * Whether the bridge could know that the memo is in the chat: Linq named it in a receipt, or listed it as ours before
 * the memo's last POST.
 */
export const receiptHasCome = ({ facts }: Ended, memo: string): boolean => {
  const lastMs = Math.max(0, ...facts.posts.filter((post) => post.memo === memo).map(({ ms }) => ms));
  const seen = facts.questions.filter(({ ms }) => ms < lastMs).flatMap(({ shown }) => shown);
  return facts.taken.some(
    ({ memo: mine, messageId, isTellable }) =>
      mine === memo && (facts.named.has(messageId) || (isTellable && seen.includes(messageId))),
  );
};
