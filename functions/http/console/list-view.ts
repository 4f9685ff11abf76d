import { html } from 'hono/html';
import type { Memo } from '../../core/model/memo.ts';
import { causeOf } from '../../core/observe/causes/cause-of.ts';
import type { MemoPage } from '../../core/ports/ports.ts';
import { address, isFiltered, type Shown } from './filter.ts';
import { ago, length } from './format.ts';
import { type Html, hidden, stateMark } from './layout.ts';
import { masked, maskerFor } from './phone-mask.ts';
import { changesSoon } from './poll-rate.ts';

export const memosView = (page: MemoPage, wanted: Shown, nowMs: number): Html => {
  const { memos, next } = page;
  return html`<section id="memos" data-live aria-labelledby="memos-title">
  <div class="heading"><h2 id="memos-title">${titleOf(wanted)}</h2>${replayLink(wanted, memos)}</div>
  ${memos.length > 0 ? html`<form method="get" action="/replay/chosen">${table(memos, nowMs)}${CHOSEN}</form>` : html`<p class="empty">${isFiltered(wanted) || wanted.next ? 'No memo matches.' : NO_MEMO_YET}</p>`}
  ${notes(page)}
  <nav class="pages" aria-label="Pages">
    ${wanted.next && html`<a href="${address({ ...wanted, next: undefined })}">Newest</a>`}
    ${next && html`<a href="${address({ ...wanted, next })}" rel="next">Older</a>`}
  </nav>
</section>`;
};

const NO_MEMO_YET = 'No memo yet. The first webhook makes a memo, and this page shows it without a reload.';

const titleOf = (wanted: Shown): string => {
  if (wanted.number) return `Memos of ${masked(wanted.number)}`;
  const { source, next: _place, ...rest } = wanted;
  if (source && !isFiltered(rest)) return `Memos from ${source}`;
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

const COLUMNS = ['Choose', 'State', 'Source', 'From and to', 'Chat', 'Length', 'Came in'];

/** Both buttons lead to a page that says what would be done. */
const CHOSEN = html`<p class="chosen"><span class="note">The memos that you choose:</span>
  <button class="quiet">Replay…</button> <button class="quiet" formaction="/erase/chosen">Erase…</button></p>`;

/** The roles are explicit: on a phone CSS shows each row as a card, and some browsers then drop the roles of a table. */
const table = (memos: readonly Memo[], nowMs: number): Html => html`<table class="memos" role="table">
  <caption class="unseen">Memos, newest first</caption>
  <thead role="rowgroup"><tr role="row">${COLUMNS.map((name, index) => html`<th role="columnheader" scope="col">${index === 0 ? html`<span class="unseen">${name}</span>` : name}</th>`)}</tr></thead>
  <tbody role="rowgroup">${memos.map((memo) => row(memo, nowMs))}</tbody>
</table>`;

const row = (memo: Memo, nowMs: number): Html => {
  const { id, state, part, audio, original, recording, createdAt } = memo;
  const seconds = audio?.seconds ?? original?.seconds ?? recording.durationSeconds;
  const news = `A memo from ${recording.source} is ${state}`;
  return html`<tr role="row" id="${id}" data-news="${news}"${changesSoon(memo, nowMs) && html` data-poll-fast`}><td role="cell"><input type="checkbox" name="memo" value="${id}" aria-label="Choose"></td><th role="rowheader" scope="row"><a href="/m/${id}">${stateMark(state)}<span class="unseen">, memo ${id}</span></a>${whyOf(memo)}</th><td role="cell">${recording.source}${part && html` <small>part ${part.number} of ${part.of}</small>`}</td><td role="cell" class="number">${parties(memo)}</td><td role="cell" class="id">${chatOf(memo)}</td><td role="cell" class="number">${seconds === undefined ? NONE : length(seconds)}</td><td role="cell" class="age">${ago(createdAt, nowMs)}</td></tr>`;
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
  return html`${from ? masked(from) : 'somebody'} <span class="to">${to ? masked(to) : 'somebody'}</span>`;
};

const chatOf = (memo: Memo): Html => {
  const id = memo.chat ?? (memo.target && 'chat' in memo.target ? memo.target.chat : undefined);
  if (id) return html`<span title="${maskerFor(memo)(id)}">${maskerFor(memo)(id).slice(0, 8)}</span>`;
  if (memo.target && 'handle' in memo.target) return html`${masked(memo.target.handle)}`;
  return NONE;
};

const replayLink = (
  { state, source, q, person, reason, since, until }: Shown,
  memos: readonly Memo[],
): Html | undefined => {
  if (!state || q || person || reason || since || until || memos.length === 0) return undefined;
  return html`<form method="get" action="/replay">${hidden({ state, source })}<button class="quiet">Replay these…</button></form>`;
};
