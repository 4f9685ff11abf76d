import { html } from 'hono/html';
import type { Audio } from '../../core/model/audio.ts';
import type { Html } from './layout.ts';

/** Wide enough for a line and its gap. */
const STEP = 4;
const HEIGHT = 64;
/** As many as can be told apart on a phone. */
const MOST = 120;
/** The loudest peak reaches the edge, so that a quiet call is seen too; what is nearly silent looks it. */
const QUIET_PERCENT = 10;

/**
 * The peaks of equal slices, as upright lines; a second set on top, of which the script shows as much as has been played.
 * Sizes are attributes: the page allows no style of its own.
 */
export const waveform = ({ waveform: all = [] }: Pick<Audio, 'waveform'>): Html | undefined => {
  if (all.length === 0) return undefined;
  const peaks = fewer(all);
  const width = peaks.length * STEP;
  const loudest = Math.max(QUIET_PERCENT, ...peaks);
  const lines = peaks.map((percent, index) => {
    const half = Math.max(0.5, (Math.max(0, percent) / loudest) * (HEIGHT / 2 - 2));
    return `M${index * STEP + STEP / 2} ${(HEIGHT / 2 - half).toFixed(1)}V${(HEIGHT / 2 + half).toFixed(1)}`;
  });
  return html`<svg class="wave" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true" data-wave>
    <clipPath id="played"><rect x="0" y="0" width="0" height="${HEIGHT}"></rect></clipPath>
    <path d="${lines.join('')}"></path>
    <path class="played" d="${lines.join('')}" clip-path="url(#played)"></path>
  </svg>`;
};

/** The highest of each few neighbours. */
const fewer = (peaks: readonly number[]): number[] => {
  const step = Math.ceil(peaks.length / MOST);
  return Array.from({ length: Math.ceil(peaks.length / step) }, (_, index) =>
    Math.max(...peaks.slice(index * step, (index + 1) * step)),
  );
};
