import { DAY_MS } from './timing.ts';

/**
 * How many days the details of a memo in a final state, its audio and its receipts are kept. The least is what a memo may wait: 14 days in
 * its queue and, as FIFO dead letters count anew, 14 more; audio is never removed while its memo can still be sent. The most is
 * less than the thirteen months for which a row remembers at all.
 */
export const RETENTION_DAYS = { least: 28, usual: 30, most: 365 };

export const isRetention = (days: number): boolean =>
  Number.isInteger(days) && days >= RETENTION_DAYS.least && days <= RETENTION_DAYS.most;

export const RETENTION_RULE = `takes whole days, from ${RETENTION_DAYS.least}, since a memo can still be sent until then, to ${RETENTION_DAYS.most}`;

export const retentionMs = (days: number): number => days * DAY_MS;
