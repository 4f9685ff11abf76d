import { html } from 'hono/html';
import { STATES } from '../../core/model/memo.ts';
import { isFiltered, type Shown } from './filter.ts';
import { type Html, hidden } from './layout.ts';

/** The form that filters the list. It works without the script, and its answer has a URL. */
export const filterForm = (wanted: Shown, sources: readonly string[], formToken: string): Html => {
  const { state, source, q, reason, since, until } = wanted;
  const options = (values: readonly string[], chosen: string | undefined) =>
    values.map((value) => html`<option${value === chosen ? html` selected` : ''}>${value}</option>`);
  const known = source && !sources.includes(source) ? [...sources, source] : sources;
  return html`<form class="filter" method="post" action="/find" role="search" aria-label="Memos">
  ${hidden({ token: formToken })}
  <label class="wide">Number, or the beginning of an id
    <input type="search" name="q" value="${q ?? ''}" autocomplete="off" spellcheck="false" maxlength="512"></label>
  <label>State <select name="state"><option value="">any</option>${options(STATES, state)}</select></label>
  <label>Source <select name="source"><option value="">any</option>${options(known, source)}</select></label>
  <button>Show</button>${isFiltered(wanted) && html`<a class="clear" href="/">Show all</a>`}
  <details${reason || since || until ? html` open` : ''}><summary>Day and reason</summary>
  <div class="more">
    <label>From day (UTC) <input type="date" name="since" value="${since ?? ''}"></label>
    <label>To day (UTC) <input type="date" name="until" value="${until ?? ''}"></label>
    <label class="wide">A part of the reason
      <input name="reason" value="${reason ?? ''}" autocomplete="off" spellcheck="false" maxlength="512"></label>
  </div></details>
</form>`;
};
