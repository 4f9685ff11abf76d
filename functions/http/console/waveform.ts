import { html } from 'hono/html';
import type { Audio } from '../../core/model/audio.ts';
import type { Html } from './layout.ts';

/** Pixels of a line and the gap after it. */
const STEP = 4;
const HEIGHT = 64;
/** More lines cannot be told apart on a phone. */
const MOST = 120;
/** The loudest peak reaches the edge, so that a quiet call has a shape too. A peak under this share stays small. */
const QUIET_PERCENT = 10;

/**
 * The peaks as upright lines, twice: of the upper set the script shows as much as has been played. Sizes are attributes,
 * because the Content-Security-Policy forbids inline styles.
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

/** The highest peak of each group of neighbours. */
const fewer = (peaks: readonly number[]): number[] => {
  const step = Math.ceil(peaks.length / MOST);
  return Array.from({ length: Math.ceil(peaks.length / step) }, (_, index) =>
    Math.max(...peaks.slice(index * step, (index + 1) * step)),
  );
};
