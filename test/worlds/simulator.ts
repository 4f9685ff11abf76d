import type { Clock } from '../../functions/core/ports/ports.ts';

export interface Simulator extends Clock {
  /**
   * Calls `act` at a time, or at once if that time is past. Events of the same time happen in the order of these calls.
   */
  at(ms: number, act: () => void): void;
  after(ms: number, act: () => void): void;
  sleep(ms: number): Promise<void>;
  /** When the next event is due; undefined if no event is left. */
  nextMs(): number | undefined;
  /** Moves the clock to the next event and runs the event. */
  step(): void;
  /** Moves the clock forward without running an event. */
  jumpTo(ms: number): void;
}

interface Event {
  ms: number;
  number: number;
  act: () => void;
}

/** Virtual time: the earliest event runs next, and nothing waits for a real clock. */
export const simulator = (startMs: number): Simulator => {
  let nowMs = startMs;
  let count = 0;
  const heap: Event[] = [];
  const isBefore = (a: Event | undefined, b: Event | undefined) =>
    a !== undefined && b !== undefined && (a.ms < b.ms || (a.ms === b.ms && a.number < b.number));
  const swap = (a: number, b: number) => {
    const [first, second] = [heap[a], heap[b]];
    if (first && second) [heap[a], heap[b]] = [second, first];
  };

  const at = (ms: number, act: () => void) => {
    count += 1;
    let place = heap.push({ ms: Math.max(ms, nowMs), number: count, act }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(heap[place], heap[parent])) break;
      swap(place, parent);
      place = parent;
    }
  };
  const takeFirst = (): Event | undefined => {
    const [first] = heap;
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    heap[0] = last;
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      let least = place;
      if (isBefore(heap[left], heap[least])) least = left;
      if (isBefore(heap[right], heap[least])) least = right;
      if (least === place) return first;
      swap(place, least);
      place = least;
    }
  };

  return {
    nowMs: () => nowMs,
    at,
    after: (ms, act) => at(nowMs + ms, act),
    sleep: (ms) => new Promise((resolve) => at(nowMs + ms, resolve)),
    nextMs: () => heap[0]?.ms,
    step() {
      const event = takeFirst();
      if (!event) return;
      nowMs = event.ms;
      event.act();
    },
    jumpTo(ms) {
      nowMs = Math.max(nowMs, ms);
    },
  };
};
