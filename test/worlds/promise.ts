import { firstPartId, groupOf, isFinal, type Memo, partId } from '../../functions/core/model/memo.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { causeOf } from '../../functions/core/observe/causes/cause-of.ts';
import { CAUSES } from './reasons.ts';
import { doubles, inChats, isAbout, isLeft, receiptHasCome, wasErased } from './truth.ts';
import type { Ended } from './world.ts';

/** Returns one sentence for each violation in a world; an empty list if the promise holds. */
export type Promised = (world: Ended) => string[];

const LEASE_MS = timing().leaseMs;

const rowOf = ({ rows }: Ended, id: string): Memo | undefined => rows.find((row) => row.id === id);
const at = (ms: number): string => new Date(ms).toISOString().slice(5, 19).replace('T', ' ');

const everyAcceptedRecordingEndsAsADeliveredMemoOrAsARowWithAReason: Promised = (world) => {
  const { directory, facts } = world;
  return directory.calls.flatMap((call) => {
    if (!facts.acknowledged.has(call.recording.id)) return [];
    return call.memos.flatMap(({ id }) => {
      const row = rowOf(world, id) ?? rowOf(world, call.unrouted);
      const name = directory.nameOf(id);
      if (!row) {
        const isExcused = wasErased(world, call, id) || facts.purged.recordings.has(id);
        return isExcused ? [] : [`${name} was acknowledged and has no row`];
      }
      if (['sent', 'delivered', 'read'].includes(row.state)) {
        return facts.taken.some(({ memo }) => memo === id) ? [] : [`${name} is ${row.state}, and no chat has it`];
      }
      return isFinal(row.state) && !row.reason ? [`${name} is ${row.state} without a reason`] : [];
    });
  });
};

export const theSameRecordingForTheSameChatIsPostedAtMostOnceUnlessForced: Promised = (world) => doubles(world).wrong;
/**
 * Counts the recordings that are twice in a chat because Linq listed the first memo only after the bridge's last
 * question.
 */
export const postedTwiceBecauseLinqListedItAfterTheLastQuestion = (world: Ended): number => doubles(world).limits;

const nothingIsSentAfterAnErasure: Promised = (world) => {
  const { facts, directory } = world;
  return facts.erasures.flatMap(({ what, askedMs, answeredMs, left, erased }) =>
    facts.posts.flatMap((post) => {
      const call = directory.callOfMemo(post.memo);
      const acknowledged = call && facts.acknowledged.get(call.recording.id);
      const isOld = acknowledged !== undefined && acknowledged < askedMs;
      if (!call || !isOld || !isAbout(what, call, post.memo) || isLeft(left, post.memo)) return [];
      // A purge removed the recording before it had a row. The bridge first saw the recording when the webhook came
      // again after the erasure.
      const isAnew = facts.webhooks.some(({ recording, ms }) => recording === call.recording.id && ms > askedMs);
      if (isAnew && facts.purged.recordings.has(firstPartId(post.memo))) return [];
      // The documented limit: the process stood still for longer than its lease between its last check and the POST.
      const stoodStill = post.ms - post.attemptedMs > LEASE_MS;
      const isLate = erased.includes(post.memo) ? post.ms > answeredMs && !stoodStill : post.runBeganMs > answeredMs;
      return isLate ? [`${directory.nameOf(post.memo)} is posted at ${at(post.ms)}, erased at ${at(answeredMs)}`] : [];
    }),
  );
};

const nothingIsSentAfterAnOptOut: Promised = ({ facts, directory }) =>
  facts.stops.flatMap(({ chat, askedMs, fromMs, untilMs }) => {
    const isUndone = facts.lifts.some(
      (lift) => lift.chat === chat && lift.askedMs <= fromMs && lift.answeredMs >= askedMs,
    );
    if (isUndone) return [];
    return facts.posts
      .filter((post) => post.chat === chat && post.runBeganMs > fromMs && post.ms < untilMs)
      .map((post) => `${directory.nameOf(post.memo)} is posted at ${at(post.ms)}, stopped at ${at(fromMs)}`);
  });

/** How long after its acknowledgement a recording may hold up the later memos of its chat. */
const STATED_WAIT_MS = 10 * 60_000;

const theMemosOfOneChatGoInTheOrderOfAcknowledgement: Promised = (world) => {
  const { facts, directory } = world;
  const first = inChats(world).flatMap(([copy]) => copy ?? []);
  const ofCall = (id: string) => directory.callOfMemo(id);
  const isExcused = (id: string): boolean => {
    const call = ofCall(id);
    const ids = new Set(call?.memos.map((memo) => memo.id));
    const received = call && facts.acknowledged.get(call.recording.id);
    const queued = facts.firstQueued.get(firstPartId(id));
    const isLate = received === undefined || queued === undefined || queued - received > STATED_WAIT_MS;
    const wasTouched = [
      ...facts.purged.memos,
      ...facts.purged.recordings,
      ...facts.deadLetters.memos,
      ...facts.deadLetters.recordings,
    ];
    return (
      isLate ||
      // No memo waits for an erased memo. An attempt of an erased memo may still arrive, and is deleted then.
      (call !== undefined && wasErased(world, call, id)) ||
      call?.plan.to === 'asked, then chat A' ||
      facts.replays.some(({ memo }) => ids.has(firstPartId(memo))) ||
      wasTouched.some((touched) => ids.has(firstPartId(touched)))
    );
  };
  return first.flatMap((copy) =>
    first.flatMap((other) => {
      const [call, later] = [ofCall(copy.memo), ofCall(other.memo)];
      const answeredMs = call && facts.acknowledged.get(call.recording.id);
      const laterMs = later && facts.requested.get(later.recording.id);
      const isBefore = answeredMs !== undefined && laterMs !== undefined && answeredMs < laterMs;
      if (!isBefore || call === later) return [];
      const [group, otherGroup] = [copy.memo, other.memo].map((id) => {
        const target = ofCall(id)?.memos.find((memo) => memo.id === firstPartId(id))?.target;
        return target && groupOf(target);
      });
      if (group !== otherGroup || copy.takenMs <= other.takenMs || isExcused(copy.memo) || isExcused(other.memo))
        return [];
      return [
        `${directory.nameOf(copy.memo)} comes after ${directory.nameOf(other.memo)}, which was acknowledged later`,
      ];
    }),
  );
};

const allPartsOfACallComeOrNoneAndInTheirOrder: Promised = (world) => {
  const { directory, facts } = world;
  return directory.calls.flatMap((call) =>
    call.memos.flatMap(({ id, target }) => {
      const row = rowOf(world, id);
      if (!target || !row?.laterParts || wasErased(world, call, id)) return [];
      const ids = Array.from({ length: row.laterParts.length + 1 }, (_, part) => partId(id, part + 1));
      const missing = ids.filter((part) => !rowOf(world, part)).map((part) => `${directory.nameOf(part)} has no row`);
      const isDisturbed = [
        ...facts.deadLetters.memos,
        ...facts.purged.memos,
        ...facts.replays.map(({ memo }) => memo),
      ].some((touched) => firstPartId(touched) === id);
      const came = ids.map((part) => facts.taken.find(({ memo }) => memo === part)?.takenMs);
      const isInOrder = came.every((ms, part) => part === 0 || ms === undefined || ms >= (came[part - 1] ?? 0));
      return isDisturbed || isInOrder ? missing : [...missing, `the parts of ${directory.nameOf(id)} are out of order`];
    }),
  );
};

const noReasonIsFalse: Promised = (world) => {
  const { directory, rows } = world;
  return rows.flatMap((row) => {
    const name = directory.nameOf(row.id);
    const isEnd = ['failed', 'rejected', 'skipped', 'unrouted'].includes(row.state);
    if (isEnd && !row.history.some(({ state }) => state === 'sent') && receiptHasCome(world, row.id))
      return [`${name} is ${row.state} (${row.reason}), and Linq has told us that it is in the chat`];
    const { reason = '' } = row;
    if (reason !== '' && !['sent', 'delivered', 'read'].includes(row.state) && !causeOf(row))
      return [`${name} is ${row.state}, and the table of causes does not know why: ${reason}`];
    const causes = CAUSES.filter(([words]) => words.test(reason));
    if (!isEnd) return [];
    if (causes.length === 0) return [`${name} is ${row.state} for a reason that the world does not know: ${reason}`];
    const call = directory.callOfMemo(row.id);
    const isTrue = call !== undefined && causes.some(([, is]) => is(world, row, call));
    return isTrue ? [] : [`${name} is ${row.state} (${reason}), which is not so`];
  });
};

const noRowStaysUnsettledAtTheEndOfTime: Promised = ({ rows, directory, queues, isOver }) => [
  ...(isOver ? [] : ['something goes on for ever']),
  ...rows
    .filter(({ state }) => !isFinal(state))
    .map((row) => `${directory.nameOf(row.id)} is ${row.state} at the end (${row.reason})`),
  ...queues
    .filter(({ messages }) => messages.length > 0)
    .map(({ name, messages }) => `${name} still holds ${messages.length} messages at the end`),
];

/** DynamoDB's limit is 400 KB. The rows of a world stay far below it in some days. */
const MAX_ROW_BYTES = 40_000;
const MAX_HISTORY = 200;

const noHistoryOrItemGrowsWithoutBound: Promised = ({ rows, directory }) =>
  rows
    .filter((row) => row.history.length > MAX_HISTORY || JSON.stringify(row).length > MAX_ROW_BYTES)
    .map(
      (row) =>
        `${directory.nameOf(row.id)} has ${row.history.length} lines of history, ${JSON.stringify(row).length} bytes`,
    );

const aMessageOfALaterVersionIsNeverThrownAway: Promised = ({ facts }) =>
  facts.laterVersions.filter(({ upgraded }) => !upgraded).map(({ queue, body }) => `${queue} has lost ${body}`);

const aRowOfALaterVersionIsNeverTouched: Promised = ({ facts, directory }) =>
  facts.laterRows.touched.map(
    (id) => `the row of ${directory.nameOf(id)}, which a later version wrote, becomes a tombstone`,
  );

const noStepFailsByItsOwnMistake: Promised = ({ facts }) =>
  facts.mistakes.map(({ process, what }) => `${process}: ${what}`);

export const PROMISES: Readonly<Record<string, Promised>> = {
  everyAcceptedRecordingEndsAsADeliveredMemoOrAsARowWithAReason,
  theSameRecordingForTheSameChatIsPostedAtMostOnceUnlessForced,
  nothingIsSentAfterAnErasure,
  nothingIsSentAfterAnOptOut,
  theMemosOfOneChatGoInTheOrderOfAcknowledgement,
  allPartsOfACallComeOrNoneAndInTheirOrder,
  noReasonIsFalse,
  noRowStaysUnsettledAtTheEndOfTime,
  noHistoryOrItemGrowsWithoutBound,
  aMessageOfALaterVersionIsNeverThrownAway,
  aRowOfALaterVersionIsNeverTouched,
  noStepFailsByItsOwnMistake,
};
