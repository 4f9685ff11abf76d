import { dayFiguresKey } from '../model/keys.ts';
import type { Memo, MemoState } from '../model/memo.ts';
import { DAY_MS, isoTime } from '../model/timing.ts';
import type { Clock, KeyValueStore, Ledger } from '../ports/ports.ts';

/** What became of the memos that came in on one day, in UTC. */
export interface DayFigures {
  /** `YYYY-MM-DD` */
  day: string;
  memos: number;
  delivered: number;
  failed: number;
  waiting: number;
  skipped: number;
  /** The median from the webhook to the phone. Absent where no memo was reported as delivered. */
  medianSeconds?: number;
  /** The memos of each source that had any. */
  bySource: Readonly<Record<string, number>>;
  /** Only the newest memos of the day were read. */
  cut?: true;
}

export interface DayFiguresPorts {
  ledger: Pick<Ledger, 'list'>;
  keyValues: Pick<KeyValueStore, 'readAll' | 'write'>;
  clock: Clock;
}

/** Of one day, and in one call for days that are over. */
const MOST_ROWS = { day: 1000, call: 1000 };
const PAGE = 100;
/** A replay may change an old day, so its figures are counted again after a day. */
const KEEP_MS = DAY_MS;

/**
 * The figures of the last days, oldest first. Days before yesterday are counted once in a day and kept in the table. Where
 * many days must be counted, a call counts some of them, and the others are undefined until a later call.
 */
export const dayFigures =
  ({ ledger, keyValues, clock }: DayFiguresPorts) =>
  async (days: number): Promise<{ day: string; figures?: DayFigures }[]> => {
    const nowMs = clock.nowMs();
    const all = Array.from({ length: days }, (_, ago) => isoTime(nowMs - ago * DAY_MS).slice(0, 10));
    const [open, over] = [all.slice(0, 2), all.slice(2)];
    const kept = await keyValues.readAll(over.map(dayFiguresKey));
    const fresh = await Promise.all(open.map((day) => countDay(ledger, day)));
    let rows = 0;
    const old: (DayFigures | undefined)[] = [];
    for (const [index, day] of over.entries()) {
      const text = kept[index]?.figures;
      if (text !== undefined) {
        old.push(JSON.parse(text)); // as written below
        continue;
      }
      if (rows >= MOST_ROWS.call) {
        old.push(undefined);
        continue;
      }
      const figures = await countDay(ledger, day);
      rows += figures.memos;
      await keyValues.write(dayFiguresKey(day), { figures: JSON.stringify(figures) }, KEEP_MS);
      old.push(figures);
    }
    return all.map((day, index) => ({ day, ...some([...fresh, ...old][index]) })).reverse();
  };

const some = (figures: DayFigures | undefined) => (figures ? { figures } : {});

const countDay = async (ledger: Pick<Ledger, 'list'>, day: string): Promise<DayFigures> => {
  const since = `${day}T00:00:00.000Z`;
  const window = { since, until: isoTime(Date.parse(since) + DAY_MS) };
  const memos: Memo[] = [];
  let next: string | undefined;
  for (let rows = 0; rows < MOST_ROWS.day; rows += PAGE) {
    const page = await ledger.list(window, PAGE, next);
    memos.push(...page.memos);
    next = page.next;
    if (next === undefined) break;
  }
  return { day, ...figuresOf(memos), ...(next !== undefined && { cut: true }) };
};

const ENDS: Readonly<Record<MemoState, 'delivered' | 'failed' | 'waiting' | 'skipped'>> = {
  received: 'waiting',
  stored: 'waiting',
  sending: 'waiting',
  unknown: 'waiting',
  sent: 'delivered',
  delivered: 'delivered',
  read: 'delivered',
  parked: 'failed',
  unrouted: 'failed',
  rejected: 'failed',
  failed: 'failed',
  skipped: 'skipped',
};

/** `sent` counts as delivered: receipts are optional at Linq. */
const figuresOf = (memos: readonly Memo[]): Omit<DayFigures, 'day'> => {
  const counts = { delivered: 0, failed: 0, waiting: 0, skipped: 0 };
  const bySource: Record<string, number> = {};
  for (const { state, recording } of memos) {
    counts[ENDS[state]] += 1;
    bySource[recording.source] = (bySource[recording.source] ?? 0) + 1;
  }
  const seconds = memos.flatMap(secondsToDelivered).sort((a, b) => a - b);
  const median = seconds[Math.floor(seconds.length / 2)];
  return { memos: memos.length, ...counts, bySource, ...(median !== undefined && { medianSeconds: median }) };
};

const secondsToDelivered = ({ history, receivedAt, createdAt }: Memo): number[] => {
  const delivered = history.find(({ state }) => state === 'delivered' || state === 'read');
  return delivered ? [Math.max(0, (Date.parse(delivered.at) - Date.parse(receivedAt ?? createdAt)) / 1000)] : [];
};
