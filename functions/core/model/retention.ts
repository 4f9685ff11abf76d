import { DAY_MS } from './timing.ts';

/**
 * How many days the details, audio and receipts of a memo in a final state are kept. At least 28: a memo may wait 14
 * days in its queue and 14 more in the dead-letter queue, and its audio must not expire before. At most 365: a
 * tombstone stays for thirteen months.
 */
export const RETENTION_DAYS = { least: 28, usual: 30, most: 365 };

export const isRetention = (days: number): boolean =>
  Number.isInteger(days) && days >= RETENTION_DAYS.least && days <= RETENTION_DAYS.most;

export const RETENTION_RULE = `must be whole days, ${RETENTION_DAYS.least} to ${RETENTION_DAYS.most}: a memo can still be sent ${RETENTION_DAYS.least} days after its call`;

export const retentionMs = (days: number): number => days * DAY_MS;
