import { InvalidArgumentError } from 'commander';
import { STATES } from '../../functions/core/model/memo.ts';
import { CHAT_ID, canonicalNumber, isE164 } from '../../functions/core/model/recording.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/core/model/timing.ts';

// Each parses one argument. Its error says what the argument must be.

export const phone = (text: string): string => {
  const number = canonicalNumber(text);
  if (isE164(number)) return number;
  throw new InvalidArgumentError('It must be a telephone number in E.164, such as +12025550101.');
};

export const chatId = (text: string): string => {
  if (CHAT_ID.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("It must be a chat id, a UUID. 'npx aftercall chats --phone +1…' finds it.");
};

export const state = (text: string): string => {
  if ((STATES as readonly string[]).includes(text)) return text;
  throw new InvalidArgumentError(`It must be one of ${STATES.join(', ')}.`);
};

export const count = (text: string): number => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 999999.');
};

const UNITS_MS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** An ISO time, a date alone, in UTC, or how long ago: `90m`, `2h`, `3d`. */
export const time = (text: string): string => {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(Date.now() - Number(count) * (UNITS_MS[unit] ?? 0)).toISOString();
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString();
  throw new InvalidArgumentError('It must be a time such as 2026-11-23, 2026-11-23T15:04:05Z or 2h (two hours ago).');
};
