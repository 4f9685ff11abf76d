import { html } from 'hono/html';
import { maskAny } from '../../core/model/mask.ts';
import type { SourceEvent } from '../../core/observe/source-events.ts';
import { ago, moment } from './format.ts';
import { type Html, stateMark } from './layout.ts';
import { sourceUrl } from './source-list.ts';

/** The last events of a source, each with what became of it. */
export const eventsView = (
  name: string,
  events: readonly SourceEvent[],
  { inspects, nowMs }: { inspects: boolean; nowMs: number },
): Html => html`<section id="events" data-live aria-labelledby="events-title">
  <div class="heading"><h2 id="events-title">Last webhooks</h2></div>
  ${events.length === 0 ? html`<p class="empty">No webhook yet.</p>` : html`<ul class="events">${events.map((event) => row(name, event, nowMs))}</ul>`}
  <p class="note">${inspects ? 'Payloads are kept for a week, without numbers and secrets.' : html`Payloads are not kept. <code>inspect: true</code> in bridge.config.ts keeps them for a week, without numbers and secrets.`}</p>
</section>`;

const row = (name: string, event: SourceEvent, nowMs: number): Html => {
  const { id, at, outcome, memos, hasPayload } = event;
  return html`<li id="event-${id}" data-news="${newsOf(event)}"><span class="outcome ${outcome}">${outcomeOf(event)}</span> <span class="age">${moment(at)}, ${ago(at, nowMs)}</span>
    <span>${memos.map((memo) => html`<a href="/m/${memo.id}" aria-label="memo, ${memo.state}">${stateMark(memo.state)}</a> `)}</span>
    ${hasPayload && html`<a class="payload" href="${sourceUrl(name)}/events/${id}">Payload</a>`}
    ${reasonOf(event)}</li>`;
};

const outcomeOf = ({ outcome, count }: SourceEvent): string => (count > 1 ? `${count} ${outcome}` : outcome);

/** Why no memo was made, or why its memo waits or has ended. */
const reasonOf = ({ reason, memos }: SourceEvent): Html => {
  const said = reason ?? memos.find((memo) => memo.reason !== undefined)?.reason;
  return html`${said !== undefined && html`<small class="why">${maskAny(said)}</small>`}`;
};

const newsOf = (event: SourceEvent): string => {
  const states = event.memos.map(({ state }) => state).join(', ');
  return `A webhook was ${outcomeOf(event)}${states && `; its memo is ${states}`}`;
};

/** The page of one event's masked payload. */
export const payloadPage = (
  name: string,
  payload: string,
): Html => html`<p class="back"><a href="${sourceUrl(name)}">Back to ${name}</a></p>
<section class="memo" aria-labelledby="title">
  <div class="head"><h1 id="title">The payload of a webhook</h1>
  <p class="lead">Telephone numbers are masked. Secrets, tokens, the queries of URLs, and audio are left out. An erasure deletes this payload.</p></div>
  <pre class="card letter" tabindex="0">${payload}</pre>
</section>`;
