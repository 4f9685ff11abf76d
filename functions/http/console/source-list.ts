import { html } from 'hono/html';
import { isRefused, type SourceSeen } from '../../core/observe/sources-seen.ts';
import { ago, minuteOfDay } from './format.ts';
import type { Html } from './layout.ts';

/** The list of the sources: when each made its last memo, and what was refused or ignored today. Refused sources come first. */
export const sourceList = (sources: readonly SourceSeen[], nowMs: number): Html => {
  const heard = sources.filter((source) => lastOf(source) !== '').sort(byNeed);
  const silent = sources.filter((source) => lastOf(source) === '');
  return html`<div class="tile"><h3>Sources</h3>
    ${heard.length > 0 && html`<ul class="sources">${heard.map((source) => row(source, nowMs))}</ul>`}
    ${silent.length > 0 && html`<details><summary>${heard.length > 0 ? silent.length : 'All'} silent so far</summary><p>${silent.map(({ name }, index) => html`${index > 0 && ', '}<a href="${sourceUrl(name)}">${name}</a>`)}</p></details>`}
  </div>`;
};

export const sourceUrl = (name: string): string => `/s/${encodeURIComponent(name)}`;

const row = (source: SourceSeen, nowMs: number): Html => {
  const { name, lastAcceptedAt, refused, ignored } = source;
  return html`<li><a href="${sourceUrl(name)}">${name}</a> ${lastAcceptedAt === undefined ? html`<span class="none">no memo yet</span>` : ago(lastAcceptedAt, nowMs)}
    ${
      refused && refused.today > 0
        ? html`<p class="${isRefused(source) ? 'trouble' : 'note'}">${refusedInWords(refused)}</p>`
        : ignored && ignored.today > 0 && html`<p class="note">${ignored.today} ignored today</p>`
    }</li>`;
};

/** `14 refused since 12:02: the signature does not match` */
export const refusedInWords = ({ today, since, says }: NonNullable<SourceSeen['refused']>): Html =>
  html`${today} refused since ${since === undefined ? 'today' : minuteOfDay(since)}: ${says}`;

/** The time of the last webhook; empty where none is known. */
const lastOf = ({ lastAcceptedAt = '', ignored, refused }: SourceSeen): string =>
  [lastAcceptedAt, ignored?.lastAt ?? '', refused?.lastAt ?? ''].sort().at(-1) ?? '';

const byNeed = (a: SourceSeen, b: SourceSeen): number =>
  Number(isRefused(b)) - Number(isRefused(a)) || (lastOf(a) < lastOf(b) ? 1 : -1);
