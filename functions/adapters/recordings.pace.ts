import { GaveWay } from '../core/model/errors.ts';
import type { Timing } from '../core/model/timing.ts';
import type { OnSlow } from '../core/ports/ports.ts';

/** The download takes too long, or its bytes come too slowly. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow';
}

export interface Pace {
  /** Aborts when the download must end: with `TooSlow`, with `GaveWay`, or with the error of `onSlow`. */
  signal: AbortSignal;
  /** Watches the body, as soon as there is one. */
  watch(body: PacedBody): void;
  /** Stops watching. Resolves after the last call of `onSlow`, with whether the download was slow. */
  end(): Promise<{ wasSlow: boolean }>;
}

export interface PacedBody {
  seenBytes(): number;
  /** Whether our own side is slower than the source, or all bytes have come: then the source is not slow. */
  isOurs(): boolean;
}

/**
 * Watches the pace of a download from its first request on. Below `slowBytesPerSecond` the download is slow, and
 * `onSlow` is called once. Below `minBytesPerSecond` for `paceMs`, or after `totalMs`, the download ends.
 * @param expectSlow measures sooner, since the host was slow before
 */
export const watchPace = (limits: Timing['download'], onSlow: OnSlow | undefined, expectSlow: boolean): Pace => {
  const { totalMs, paceMs, slowAfterMs, slowBytesPerSecond, minBytesPerSecond } = limits;
  const ended = new AbortController();
  let body: PacedBody | undefined;
  let wasSlow = false;
  let notified: Promise<void> | undefined;
  /** How many bytes had come at which time, over the last `paceMs`. */
  let marks = [{ atMs: performance.now(), bytes: 0 }];

  const tell = async () => {
    try {
      const reason = await onSlow?.();
      if (reason !== undefined) ended.abort(new GaveWay(reason));
    } catch (error) {
      ended.abort(error);
    }
  };
  const look = () => {
    const mark = { atMs: performance.now(), bytes: body?.seenBytes() ?? 0 };
    const last = marks.at(-1) ?? mark;
    if (body?.isOurs()) {
      marks = [mark];
      return;
    }
    if (isBelow(slowBytesPerSecond, last, mark)) {
      wasSlow = true;
      notified ??= tell();
    }
    marks.push(mark);
    // The oldest mark is at least `paceMs` old, so that the rate always covers that whole time.
    while (marks[1] && mark.atMs - marks[1].atMs >= paceMs) marks.shift();
    const [first = mark] = marks;
    if (mark.atMs - first.atMs < paceMs || !isBelow(minBytesPerSecond, first, mark)) return;
    ended.abort(new TooSlow(`the source sends less than ${minBytesPerSecond} bytes a second`));
  };
  const looks = setInterval(look, Math.ceil(expectSlow ? slowAfterMs / 6 : slowAfterMs));
  const tooLate = () =>
    ended.abort(new TooSlow(`the source did not send the recording whole in ${Math.round(totalMs / 100) / 10} s`));
  const total = setTimeout(tooLate, Math.ceil(totalMs));

  return {
    signal: ended.signal,
    watch(found) {
      body = found;
    },
    async end() {
      clearInterval(looks);
      clearTimeout(total);
      await notified;
      return { wasSlow };
    },
  };
};

/** Hosts whose last download was slow: the next download's pace is measured sooner. */
export const slowHosts = () => {
  const hosts = new Set<string>();
  const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');
  return {
    has: (url: string): boolean => hosts.has(hostOf(url)),
    note(url: string, isSlow: boolean): void {
      if (hosts.size >= MAX_SLOW_HOSTS) hosts.clear(); // slow hosts are found again within seconds
      if (isSlow) hosts.add(hostOf(url));
      else hosts.delete(hostOf(url));
    },
  };
};
const MAX_SLOW_HOSTS = 1000;

interface Mark {
  atMs: number;
  bytes: number;
}

const isBelow = (bytesPerSecond: number, from: Mark, to: Mark): boolean =>
  to.bytes - from.bytes < (bytesPerSecond * (to.atMs - from.atMs)) / 1000;
