// The model's assumptions, not measured. Change a line, run `npm run cost -- --page`, and read the page again.

export const ASSUMED = {
  /** A sent memo: two minutes of speech, MP3 at 64 kb/s. */
  audioBytes: 1_000_000,
  /** The share of memos that `store` has to convert, and how long such a call is. */
  converted: { share: 0, seconds: 120 },
  /** A month, for rates and for storage. */
  secondsInMonth: 30.4 * 24 * 60 * 60,
  /** The load of the busiest minute, divided by the month's average. */
  peakFactor: 5,
  /** The time of one request from a function in the same Region, in milliseconds. */
  requestMs: { sqs: 8, dynamodb: 5, s3: 25, ssm: 15, connect: 50 },
  /** The waits for others, in milliseconds: the media host for 1 MB, and Linq, which fetches it during the POST. */
  waitMs: { store: 800, send: 1500 },
  /** Lambda gives a whole processor at this memory, and a share below it. */
  wholeProcessorMegabytes: 1769,
  /** Lambda polls an idle queue with so many long polls at once, each of this length. */
  idlePolls: { pollers: 5, waitSeconds: 20 },
  /** Secrets are read again when they are a minute old: `functions/adapters/secrets.ssm.ts`. */
  secretsFreshSeconds: 60,
  /** DynamoDB adds this to each item and each entry of an index. */
  itemOverheadBytes: 100,
  /** The bytes that CloudWatch adds to each log event, and the part of the bytes that remains after compression. */
  logEvent: { overheadBytes: 26, kept: 0.15 },
  tombstoneMonths: 13,
} as const;

/** Lambda's own log lines for each invocation in our JSON log format, from its documentation. */
export const PLATFORM_LINES = [
  '{"time":"2026-11-30T10:00:00.000Z","type":"platform.start","record":{"requestId":"6f7f0961-f83e-4567-9f31-3f1a3ed4b4a5","version":"$LATEST"}}',
  '{"time":"2026-11-30T10:00:00.100Z","type":"platform.report","record":{"requestId":"6f7f0961-f83e-4567-9f31-3f1a3ed4b4a5","metrics":{"durationMs":101.51,"billedDurationMs":102,"memorySizeMB":512,"maxMemoryUsedMB":129},"status":"success"}}',
];

/** A line of the access log that `infra/front-door.ts` sets up. */
export const ACCESS_LINE =
  '{"stage":"prod","at":"30/Nov/2026:10:00:00 +0000","request":"Fx2dQgzhoAMEMcw=","from":"203.0.113.7","route":"POST /hooks/{source}","status":"200","bytes":"44","ms":"61","integrationMs":"58","integrationStatus":"200"}';

/** Limits that AWS and Linq set. Each can be raised only where its `turn` says so. */
export const LIMITS = {
  accountConcurrency: { fresh: 10, usual: 1000 },
  fifoInFlight: 120_000,
  /** The account's limit in a Region, for all its APIs. */
  apiRequestsPerSecond: 10_000,
  /** High throughput in us-east-1; AWS has raised this more than once, and other Regions have less. */
  fifoSendsPerSecond: 9_000,
  writeUnitsPerKey: 1000,
  writeUnitsPerTable: 40_000,
  s3WritesPerPrefix: 3500,
  linqPerPair: { messages: 30, seconds: 60 },
} as const;

export const VOLUMES = [1_000, 1_000_000, 100_000_000] as const;
