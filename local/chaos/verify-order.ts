import type { Arrived } from './linq-chats.ts';
import type { Facts, Find, Sent } from './verdict.ts';

/**
 * If the first 2xx of a call came before the first request of another call of its chat, its memos must come first, with
 * all parts in order. Replayed calls are not compared. A later memo waits for an earlier memo up to `orderWaitMs`.
 * @returns how many calls another call overtook because they came later than that
 */
export const findDisorder = (
  { sent, orderWaitMs = Infinity }: Pick<Facts, 'sent' | 'orderWaitMs'>,
  inChats: ReadonlyMap<string, Arrived[]>,
  find: Find,
): number => {
  const late = new Set<string>();
  for (const calls of Map.groupBy(sent.filter(isInOrder), ({ chat }) => chat).values()) {
    const placed = calls.flatMap((call) => {
      const parts = partsOf(call, inChats);
      const orders = parts.map((part) => part.place);
      if (orders.some((place, n) => n > 0 && place < (orders[n - 1] ?? 0)))
        find('out of order', call.memos[0] ?? '', 'its parts are not in order');
      const [first] = orders;
      const arrivedMs = Math.max(...parts.map(({ createdMs }) => createdMs));
      return first === undefined ? [] : [{ call, first, last: Math.max(...orders), arrivedMs }];
    });
    for (const earlier of placed)
      for (const later of placed)
        if (isBefore(earlier.call, later.call) && later.first < earlier.last) {
          if (earlier.arrivedMs > (earlier.call.acknowledgedMs ?? 0) + orderWaitMs) late.add(earlier.call.call);
          else
            find(
              'out of order',
              later.call.memos[0] ?? '',
              `it came before ${earlier.call.memos[0]}, acknowledged earlier`,
            );
        }
  }
  return late.size;
};

const isBefore = (earlier: Sent, later: Sent): boolean =>
  (earlier.acknowledgedMs ?? Infinity) < (later.firstSentMs ?? 0);

const isInOrder = ({ acknowledged, expects }: Sent): boolean =>
  acknowledged && expects?.kind === 'delivered' && expects.first === undefined && expects.mayBeTwo === undefined;

const partsOf = ({ memos, expects }: Sent, inChats: ReadonlyMap<string, Arrived[]>): Arrived[] => {
  const parts = expects?.kind === 'delivered' ? (expects.parts ?? 1) : 1;
  return memos.flatMap((memo) =>
    Array.from({ length: parts }, (_, n) => inChats.get(n === 0 ? memo : `${memo}-${n + 1}`)?.[0] ?? []).flat(),
  );
};
