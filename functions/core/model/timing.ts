const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** For lifetimes of stored facts. The path's delays are in `timing`. */
export const MINUTE_MS = MINUTE;
export const HOUR_MS = HOUR;
export const DAY_MS = 24 * HOUR;

/**
 * Every delay, time-out and window of the path, in milliseconds.
 * @param scale multiplies all that are not marked "Not scaled". Always 1 on AWS; local tests and `npm run chaos` use
 * less
 */
export const timing = (scale = 1) => ({
  /**
   * A message's visibility is a lease. It is renewed while the step works, so that another run continues within a
   * minute of a crash.
   */
  leaseMs: 60 * SECOND * scale,
  leaseRenewMs: 20 * SECOND * scale,
  retry: { firstMs: 5 * SECOND * scale, capMs: 15 * MINUTE * scale },
  /**
   * A message of a later version waits for the code that knows it, and holds up its chat. It is read again after
   * `unknownVersionMs`, and stored in a row after `laterVersionMs`.
   */
  unknownVersionMs: 2 * MINUTE * scale,
  laterVersionMs: 24 * HOUR * scale,

  /** How long after its acknowledgement a recording may hold up the later memos of its chat. */
  orderWaitMs: 10 * MINUTE * scale,

  /** How long a source may answer "not yet" (a 404 just after the event) before the recording counts as gone. */
  recordingNotReadyMs: 10 * MINUTE * scale,
  /** The same for sources whose recordings are usually late. */
  recordingSlowMs: 6 * HOUR * scale,
  /** How long a media host may be down, or refuse our credentials, before the recording is rejected. */
  recordingTroubleMs: 24 * HOUR * scale,
  /** How long a presigned PUT may begin; then the URL expires. */
  uploadMs: 15 * MINUTE * scale,
  /** How long `store` waits for an upload: a PUT that began in time may take hours. */
  uploadEndsMs: 24 * HOUR * scale,
  download: {
    connectMs: 10 * SECOND * scale,
    headersMs: 30 * SECOND * scale,
    idleMs: 30 * SECOND * scale,
    totalMs: 7 * MINUTE * scale,
    /** A download with fewer than `minBytesPerSecond` for `paceMs` is stopped and tried again. Rates are not scaled. */
    paceMs: MINUTE * scale,
    minBytesPerSecond: 4000,
    /** How long after it broke off a download is resumed. */
    resumeAfterMs: 1 * SECOND * scale,
    /**
     * How often the pace is measured, and the pace below which a download is slow: few slow downloads may run at once.
     */
    slowAfterMs: 2 * SECOND * scale,
    slowBytesPerSecond: 64_000,
  },
  /**
   * The time for probing a recording, and for all other work on it. With the download, this fits into the function's 15
   * minutes. Not scaled: processors do not get faster.
   */
  probeMs: 30 * SECOND,
  fitMs: 6 * MINUTE,
  /**
   * Work on sound that takes longer than this is long work: few may run at once, so that short calls have room. Not
   * scaled.
   */
  longAfterMs: 5 * SECOND,
  /** One request to a source's API. */
  lookUpMs: 15 * SECOND * scale,

  /** Opening a connection to Linq: until the connection is open, nothing was sent. */
  linqConnectMs: 10 * SECOND * scale,
  presignMs: 5 * MINUTE * scale,
  /** The POST must begin this soon after the row says `sending`; otherwise the row goes back to `stored`. */
  startPostMs: 10 * SECOND * scale,
  /** Linq downloads our URL before it answers. The time covers the answer's body too. */
  postMs: 45 * SECOND * scale,
  uploadAttachmentMs: 60 * SECOND * scale,
  /** How long "not now" may go on before the memo fails: for Linq's trouble, and for the line's. */
  notNowMs: 2 * HOUR * scale,
  lineTroubleMs: 24 * HOUR * scale,
  /**
   * A person must fix a wrong key or a missing permission. The memo is tried without end, so it goes within a minute of
   * the repair.
   */
  ourFaultRetryMs: 50 * SECOND * scale,
  /**
   * After this time such a memo gets a new message: long before SQS gives up the old message, after a thousand
   * receives.
   */
  queuedAnewMs: 6 * HOUR * scale,
  /** A key that Linq has refused is not tried again for this long: a thousand waiting memos would each try it. */
  keyRefusedMs: 5 * SECOND * scale,

  /** When Linq is asked about an attempt that may have been sent. At the last time, POST and URL have surely ended. */
  askLinqAfterMs: [30 * SECOND * scale, 2 * MINUTE * scale, 10 * MINUTE * scale] as const,
  /** One listing of a chat, all pages. */
  listChatMs: 30 * SECOND * scale,
  /** Linq may keep messages for only a day, so its list proves nothing about an older attempt. */
  linqForgetsMs: 20 * HOUR * scale,
  /** How long `/health` waits for each part. Not scaled. */
  healthMs: 3 * SECOND,
  /** How far Linq's clock may differ from ours before the doctor reports it. Not scaled. */
  clockSkewMs: 2 * MINUTE,
  /** The search of a chat begins this long before the attempt, since Linq's clock may be behind ours. Not scaled. */
  lookBackMs: 15 * MINUTE,

  /** How long a table index may take to show a row: nearly always under a second. */
  indexLagMs: 2 * SECOND * scale,
  /**
   * How often the sweep runs, how long past its due time a memo is overdue, and when a memo that was queued again is
   * checked next.
   */
  sweepEveryMs: 5 * MINUTE * scale,
  /** How long one sweep begins new work. Not scaled. */
  sweepForMs: 3 * MINUTE,
  overdueMs: 15 * MINUTE * scale,
  sweptAgainMs: 6 * HOUR * scale,
});

export type Timing = ReturnType<typeof timing>;

/** Exponential back-off, half of it random, so that memos that failed together do not come back together. */
export const backOffMs = (attempt: number, retry: Timing['retry'], random: () => number): number => {
  const fullMs = Math.min(retry.capMs, retry.firstMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(fullMs / 2 + (fullMs / 2) * random());
};

/** A fifth of the delay is random, so that memos that wait for the same key do not come back at once. */
export const ourFaultDelayMs = ({ ourFaultRetryMs }: Pick<Timing, 'ourFaultRetryMs'>, random: () => number): number =>
  Math.round(ourFaultRetryMs * (0.8 + 0.2 * random()));

/** The time format of rows and messages: ISO in UTC, which sorts as text. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();
