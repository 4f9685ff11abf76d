import { html } from 'hono/html';
import { type Memo, STATES } from '../../core/model/memo.ts';
import { causeOf } from '../../core/observe/causes/cause-of.ts';
import type { MemoPage } from '../../core/ports/ports.ts';
import type { Wanted } from './find-memos.ts';
import { ago, length } from './format.ts';
import { type Html, hidden, stateMark } from './layout.ts';
import { masked, maskerFor } from './phone-mask.ts';
import { changesSoon } from './poll-rate.ts';

/** The filter of the list. A URL holds a person only as the sealed number `person`. */
export type Shown = Wanted & { person?: string | undefined };

/** The form that filters the list. It works without the script, and its answer has a URL. */
export const filterForm = (wanted: Shown, sources: readonly string[], formToken: string): Html => {
  const options = (values: readonly string[], chosen: string | undefined) =>
    values.map((value) => html`<option${value === chosen ? html` selected` : ''}>${value}</option>`);
  const known = wanted.source && !sources.includes(wanted.source) ? [...sources, wanted.source] : sources;
  return html`<form class="filter" method="post" action="/find" role="search" aria-label="Memos">
  ${hidden({ token: formToken })}
  <label>State <select name="state"><option value="">any</option>${options(STATES, wanted.state)}</select></label>
  <label>Source <select name="source"><option value="">any</option>${options(known, wanted.source)}</select></label>
  <label class="wide">Memo, call or chat id, or telephone number
    <input type="search" name="q" value="${wanted.q ?? ''}" autocomplete="off" spellcheck="false" maxlength="512"></label>
  <button>Show</button>${isFiltered(wanted) && html`<a class="clear" href="/">Show all</a>`}
</form>`;
};

const isFiltered = ({ state, source, q, person }: Shown): boolean => Boolean(state || source || q || person);

export const memosView = (page: MemoPage, wanted: Shown, nowMs: number): Html => {
  const { memos, next } = page;
  return html`<section id="memos" data-live aria-labelledby="memos-title">
  <div class="heading"><h2 id="memos-title">${titleOf(wanted)}</h2>${replayLink(wanted, memos)}</div>
  ${memos.length > 0 ? table(memos, nowMs) : html`<p class="empty">${isFiltered(wanted) || wanted.next ? 'No memo matches.' : NO_MEMO_YET}</p>`}
  ${notes(page)}
  <nav class="pages" aria-label="Pages">
    ${wanted.next && html`<a href="${address({ ...wanted, next: undefined })}">Newest</a>`}
    ${next && html`<a href="${address({ ...wanted, next })}" rel="next">Older</a>`}
  </nav>
</section>`;
};

const NO_MEMO_YET = 'No memo yet. The first webhook makes a memo, and this page shows it without a reload.';

const titleOf = (wanted: Shown): string => {
  if (wanted.phone) return `Memos of ${masked(wanted.phone)}`;
  return isFiltered(wanted) ? 'Memos found' : 'Memos';
};

const notes = ({ laterVersions, lookedThrough, next }: MemoPage): Html =>
  html`${
    laterVersions &&
    html`<p class="note">Not shown: ${laterVersions.length} memos whose rows a later version of Aftercall wrote.
    Deploy that version again to see them.</p>`
  }${
    lookedThrough !== undefined &&
    html`<p class="note">Searched the ${lookedThrough} newest memos${next ? '; there are older ones' : ''}.</p>`
  }`;

/** The URL of a filtered list. */
export const address = ({ phone: _never, ...wanted }: Shown, fragment = false): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value) query.set(name, value);
  if (fragment) query.set('fragment', '1');
  return query.size > 0 ? `/?${query}` : '/';
};

const COLUMNS = ['State', 'Source', 'From and to', 'Chat', 'Length', 'Came in'];

/** The roles are explicit: on a phone CSS shows each row as a card, and some browsers then drop the roles of a table. */
const table = (memos: readonly Memo[], nowMs: number): Html => html`<table class="memos" role="table">
  <caption class="unseen">Memos, newest first</caption>
  <thead role="rowgroup"><tr role="row">${COLUMNS.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
  <tbody role="rowgroup">${memos.map((memo) => row(memo, nowMs))}</tbody>
</table>`;

const row = (memo: Memo, nowMs: number): Html => {
  const { id, state, part, audio, original, recording, createdAt } = memo;
  const seconds = audio?.seconds ?? original?.seconds ?? recording.durationSeconds;
  const news = `A memo from ${recording.source} is ${state}`;
  return html`<tr role="row" id="${id}" data-news="${news}"${changesSoon(memo, nowMs) && html` data-poll-fast`}>
    <th role="rowheader" scope="row"><a href="/m/${id}">${stateMark(state)}<span class="unseen">, memo ${id}</span></a>${whyOf(memo)}</th>
    <td role="cell">${recording.source}${part && html` <small>part ${part.number} of ${part.of}</small>`}</td>
    <td role="cell" class="number">${parties(memo)}</td>
    <td role="cell" class="id">${chatOf(memo)}</td>
    <td role="cell" class="number">${seconds === undefined ? NONE : length(seconds)}</td>
    <td role="cell" class="age">${ago(createdAt, nowMs)}</td>
  </tr>`;
};

/** Why the memo waits or has ended: the cause in the table's words, the exact reason as the tooltip. */
const whyOf = (memo: Memo): Html => {
  const cause = causeOf(memo);
  return html`${cause && html`<small class="why" title="${maskerFor(memo)(memo.reason ?? '')}">${cause.what}</small>`}`;
};

const NONE = html`<span class="none">–</span>`;

/** Who called whom, as far as the source has told. */
export const parties = ({ recording: { from, to } }: Memo): Html => {
  if (!from && !to) return NONE;
  const arrow = html`<span aria-hidden="true">→</span><span class="unseen">to</span>`;
  return html`${from ? masked(from) : 'somebody'} <span class="to">${arrow} ${to ? masked(to) : 'somebody'}</span>`;
};

const chatOf = (memo: Memo): Html => {
  const id = memo.chat ?? (memo.target && 'chat' in memo.target ? memo.target.chat : undefined);
  if (id) return html`<span title="${maskerFor(memo)(id)}">${maskerFor(memo)(id).slice(0, 8)}</span>`;
  if (memo.target && 'handle' in memo.target) return html`${masked(memo.target.handle)}`;
  return NONE;
};

const replayLink = ({ state, source, q, person }: Shown, memos: readonly Memo[]): Html | undefined => {
  if (!state || q || person || memos.length === 0) return undefined;
  return html`<form method="get" action="/replay">${hidden({ state, source })}<button class="quiet">Replay these…</button></form>`;
};
