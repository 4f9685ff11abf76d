const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** For what is kept for days. The path's delays are in `timing`. */
export const DAY_MS = 24 * HOUR;

/**
 * Every delay, time-out and window of the path, in milliseconds.
 * @param scale multiplies them all; 1 everywhere but on a laptop, where tests and the fault kit turn it down
 */
export const timing = (scale = 1) => ({
  /** A message's visibility is a lease: set first, renewed while the step works, so that a crash heals in a minute. */
  leaseMs: 60 * SECOND * scale,
  leaseRenewMs: 20 * SECOND * scale,
  retry: { firstMs: 5 * SECOND * scale, capMs: 15 * MINUTE * scale },
  /**
   * A message of a later version waits for the code that knows it, and holds up its chat. It is looked at so often, and
   * kept in a row after so long.
   */
  unknownVersionMs: 2 * MINUTE * scale,
  laterVersionMs: 24 * HOUR * scale,

  /** How long after its acknowledgement a recording may keep the later memos of its chat waiting. */
  orderWaitMs: 10 * MINUTE * scale,

  /** How long a source may say "not yet" (a 404 just after the event) before the recording counts as gone. */
  recordingNotReadyMs: 10 * MINUTE * scale,
  /** The same, where a source's recordings come late as a rule. */
  recordingSlowMs: 6 * HOUR * scale,
  /** How long a media host may be down, or refuse our credentials, before we give up. */
  recordingTroubleMs: 24 * HOUR * scale,
  /** How long an upload under a presigned PUT may begin; the URL expires then. */
  uploadMs: 15 * MINUTE * scale,
  /** How long it is waited for: a PUT that began in time may end hours later. */
  uploadEndsMs: 24 * HOUR * scale,
  download: {
    connectMs: 10 * SECOND * scale,
    headersMs: 30 * SECOND * scale,
    idleMs: 30 * SECOND * scale,
    totalMs: 7 * MINUTE * scale,
    /** A source that brings less than this over so long is no longer waited for. The rates are not scaled: no network is faster for it. */
    paceMs: MINUTE * scale,
    minBytesPerSecond: 4000,
    /** So long after it broke off a download is resumed. */
    resumeAfterMs: 1 * SECOND * scale,
    /** How often the pace is looked at, and below which a download counts as slow: so few may run at once that others have room. */
    slowAfterMs: 2 * SECOND * scale,
    slowBytesPerSecond: 64_000,
  },
  /**
   * A look at a recording, and all other work on it. With the download it ends within the function's 15 minutes. Not
   * scaled: a processor is no faster for it.
   */
  lookMs: 30 * SECOND,
  fitMs: 6 * MINUTE,
  /** Work on sound that is not done by then is long: few may run at once, so that short calls have room. Not scaled. */
  longAfterMs: 5 * SECOND,
  /** One question to a source's API: who called whom. */
  lookUpMs: 15 * SECOND * scale,

  /** Opening a connection to Linq: until it stands, nothing was sent. */
  linqConnectMs: 10 * SECOND * scale,
  presignMs: 5 * MINUTE * scale,
  /** The POST must begin this soon after the ledger says `sending`, else the step goes back. */
  startPostMs: 10 * SECOND * scale,
  /** Linq downloads our URL inside its answer; the signal covers the body too. */
  postMs: 45 * SECOND * scale,
  uploadAttachmentMs: 60 * SECOND * scale,
  /** How long "not now" may go on: Linq's own trouble, and the sending line's. */
  notNowMs: 2 * HOUR * scale,
  lineTroubleMs: 24 * HOUR * scale,
  /** A wrong key or a missing permission is fixed by a person: tried without end, and within a minute once it is right. */
  ourFaultRetryMs: 50 * SECOND * scale,
  /** When a memo that is tried so often gets a new message: long before SQS gives up the old one, after a thousand receives. */
  queuedAnewMs: 6 * HOUR * scale,
  /** A key that Linq has just refused is not shown to Linq again sooner: a thousand memos wait, and each of them tries. */
  keyRefusedMs: 5 * SECOND * scale,

  /** When Linq is asked about an attempt that may have been sent. At the last, its POST and its URL are surely dead. */
  askLinqAfterMs: [30 * SECOND * scale, 2 * MINUTE * scale, 10 * MINUTE * scale] as const,
  /** One listing of a chat, all pages. */
  listChatMs: 30 * SECOND * scale,
  /** Linq may keep messages for a day only: about an older attempt it has nothing to say. */
  linqForgetsMs: 20 * HOUR * scale,
  /** What `/health` gives each part to answer. Not scaled: nobody answers faster for it. */
  healthMs: 3 * SECOND,
  /** How far Linq's clock may be from ours before the doctor says so. Not scaled: clocks are as they are. */
  clockSkewMs: 2 * MINUTE,
  /** A chat's messages are looked through from so long before the attempt, since Linq's clock may be behind ours. Not scaled. */
  lookBackMs: 15 * MINUTE,

  /** How long an index of the table may take to show a row: nearly always under a second. */
  indexLagMs: 2 * SECOND * scale,
  /** How often `tend` looks for what time has left behind, how long past its due time that is, and when it looks again. */
  sweepEveryMs: 5 * MINUTE * scale,
  /** How long one run may take on more. Not scaled: no database answers faster for it. */
  sweepForMs: 3 * MINUTE,
  overdueMs: 15 * MINUTE * scale,
  sweptAgainMs: 6 * HOUR * scale,
});

export type Timing = ReturnType<typeof timing>;

/** Exponential, with the upper half random, so that what failed together does not come back together. */
export const backOffMs = (attempt: number, retry: Timing['retry'], random: () => number): number => {
  const fullMs = Math.min(retry.capMs, retry.firstMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(fullMs / 2 + (fullMs / 2) * random());
};

/** The upper fifth is random: memos that wait for the same key to be fixed come back one after the other. */
export const ourFaultDelayMs = ({ ourFaultRetryMs }: Pick<Timing, 'ourFaultRetryMs'>, random: () => number): number =>
  Math.round(ourFaultRetryMs * (0.8 + 0.2 * random()));

/** As rows and messages write a time: in UTC, so that it compares as text. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();
