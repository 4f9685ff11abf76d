import type { Traced } from '../model/traces.ts';

/** What one process may send in a minute: the first webhooks of each kind one by one, then only each doubling. */
const LIMITS = { windowMs: 60_000, oneByOne: 10, tracesPerWindow: 60 };

interface Kind {
  window: number;
  /** In this window. */
  seen: number;
  /** Since the last trace, in this window or an earlier one. */
  unreported: number;
}

/**
 * Decides for which webhooks a trace is sent, so that a stranger who posts thousands of webhooks causes a few traces. A trace counts
 * all webhooks of its kind since the trace before. So a few webhooks are counted exactly, and of a flood at least half.
 * Kinds are bounded by the configured sources.
 */
export const sampleTraces = () => {
  const kinds = new Map<string, Kind>();
  let sent = { window: -1, traces: 0 };

  return {
    /**
     * Counts a webhook.
     * @returns how many webhooks a trace must count now (0 for no trace), and whether this is the first of its kind in this minute
     */
    add(source: string, outcome: Traced, nowMs: number): { count: number; isFirst: boolean } {
      const window = Math.floor(nowMs / LIMITS.windowMs);
      if (sent.window !== window) sent = { window, traces: 0 };
      const key = `${outcome} ${source}`;
      const before = kinds.get(key);
      const seen = before?.window === window ? before.seen + 1 : 1;
      const unreported = (before?.unreported ?? 0) + 1;
      const isReported = (seen <= LIMITS.oneByOne || isDoubling(seen)) && sent.traces < LIMITS.tracesPerWindow;
      kinds.set(key, { window, seen, unreported: isReported ? 0 : unreported });
      if (!isReported) return { count: 0, isFirst: false };
      sent.traces += 1;
      return { count: unreported, isFirst: seen === 1 };
    },
    /** Counts webhooks again whose trace was not sent. */
    giveBack(source: string, outcome: Traced, count: number): void {
      const kind = kinds.get(`${outcome} ${source}`);
      if (kind) kind.unreported += count;
    },
  };
};

/** 20, 40, 80 … */
const isDoubling = (seen: number): boolean => Number.isInteger(Math.log2(seen / LIMITS.oneByOne));
