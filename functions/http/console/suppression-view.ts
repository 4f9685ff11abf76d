import { html } from 'hono/html';
import type { Memo } from '../../core/model/memo.ts';
import { recipientsOf, type Stop } from '../../core/policy/suppression-list.ts';
import { moment } from './format.ts';
import { type Html, hidden } from './layout.ts';
import { maskAny } from './phone-mask.ts';

/** That nothing goes to the recipient, why, and how to change that. */
export const stopNotice = ({ id }: Memo, stops: readonly Stop[], formToken: string): Html =>
  html`${
    stops.length > 0 &&
    html`<form method="post" action="/m/${id}/stop" class="advice">${hidden({ token: formToken, stop: 'false' })}
    <p><b>The recipient is on the stop list.</b> No memo goes to them, by force neither.</p>
    <ul>${stops.map(({ why, since }) => html`<li>${maskAny(why)}, since ${moment(since)}</li>`)}</ul>
    <button class="quiet" data-focus="stop">Take them off the list</button></form>`
  }`;

export const stopButton = (memo: Memo, stops: readonly Stop[], formToken: string): Html =>
  html`${
    stops.length === 0 &&
    recipientsOf(memo).length > 0 &&
    html`<form method="post" action="/m/${memo.id}/stop">${hidden({ token: formToken, stop: 'true' })}<button class="quiet" data-focus="stop">Stop their memos</button></form>`
  }`;
