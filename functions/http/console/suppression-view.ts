import { html } from 'hono/html';
import type { Memo } from '../../core/model/memo.ts';
import { recipientsOf, type Suppression } from '../../core/policy/suppression-list.ts';
import { moment } from './format.ts';
import { type Html, hidden } from './layout.ts';
import { maskAny } from './phone-mask.ts';

/** For a recipient on the suppression list: the reasons, and a form that removes them. */
export const suppressionNotice = ({ id }: Memo, suppressions: readonly Suppression[], formToken: string): Html =>
  html`${
    suppressions.length > 0 &&
    html`<form method="post" action="/m/${id}/suppress" class="advice">
    ${hidden({ token: formToken, suppressed: 'false' })}
    <p><b>The recipient is on the suppression list.</b> They get no memo, not even with force.</p>
    <ul>${suppressions.map(({ reason, since }) => html`<li>${maskAny(reason)}, since ${moment(since)}</li>`)}</ul>
    <button class="quiet" id="suppress">Remove from the suppression list</button></form>`
  }`;

export const suppressButton = (memo: Memo, suppressions: readonly Suppression[], formToken: string): Html =>
  html`${
    suppressions.length === 0 &&
    recipientsOf(memo).length > 0 &&
    html`<form method="post" action="/m/${memo.id}/suppress">
    ${hidden({ token: formToken, suppressed: 'true' })}<button class="quiet" id="suppress">Suppress the recipient</button>
    </form>`
  }`;
