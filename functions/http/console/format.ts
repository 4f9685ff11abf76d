import { html } from 'hono/html';

/** `0:37`, `1:02:05`. */
export const length = (seconds: number): string => {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
};

/** Linq's limit is in powers of ten, so these are too. */
export const size = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;

/** A time as its age. The script adds the time itself as the tooltip. */
export const ago = (iso: string, nowMs: number) => html`<time datetime="${iso}">${age(iso, nowMs)}</time>`;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const age = (iso: string, nowMs: number): string => {
  const ms = nowMs - Date.parse(iso);
  if (ms < MINUTE) return 'just now';
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`;
  const days = Math.floor(ms / DAY);
  return days === 1 ? 'yesterday' : days < 30 ? `${days} days ago` : iso.slice(0, 10);
};

/** A time to the second, in UTC. The script shows it in the reader's time zone. */
export const moment = (iso: string) => html`<time datetime="${iso}" data-moment>${clockTime(iso)}</time>`;
/** The same without the date. */
export const timeOfDay = (iso: string) =>
  html`<time datetime="${iso}" data-moment="time">${clockTime(iso).slice(11)}</time>`;
/** The same to the minute. */
export const minuteOfDay = (iso: string) =>
  html`<time datetime="${iso}" data-moment="minute">${iso.slice(11, 16)} UTC</time>`;
const clockTime = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

/** The time between two times: `+0.19 s`, `+2 min`. */
export const later = (from: string, to: string): string => {
  const ms = Date.parse(to) - Date.parse(from);
  if (ms < 60_000) return `+${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`;
  if (ms < HOUR) return `+${Math.round(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `+${Math.round(ms / HOUR)} h` : `+${Math.round(ms / DAY)} days`;
};

/** A text as a sentence: a capital at its beginning, a full stop at its end. */
export const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
