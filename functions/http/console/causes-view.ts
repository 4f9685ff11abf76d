import { html } from 'hono/html';
import type { CausesNow } from '../../core/observe/causes/causes-now.ts';
import { type CauseGroup, countOf } from '../../core/observe/causes/group-causes.ts';
import { ago, timeOfDay } from './format.ts';
import type { Html } from './layout.ts';

/** What waits or failed, by cause, with what to do; nothing where all is well. */
export const causesView = ({ groups, more }: CausesNow, nowMs: number): Html => {
  const isMore = ({ states }: CauseGroup) => states.some((state) => more.includes(state));
  return html`<section id="causes" class="causes" data-live aria-label="What waits, and why">${groups.map(
    (group) => html`<article class="cause ${group.cause.needs}">
    <h2>${group.cause.what}: ${countOf(group)}${isMore(group) && ' or more'}</h2>
    <p class="times">since ${ago(group.since, nowMs)}${nextTry(group, nowMs)} · ${group.states.map(
      (state, at) => html`${at > 0 && ', '}<a href="/?state=${state}">${state}</a>`,
    )}</p>
    <p>${group.cause.why} <b>What to do:</b> ${withCommands(group.cause.fix)}</p>
  </article>`,
  )}</section>`;
};

const nextTry = ({ until }: CauseGroup, nowMs: number): Html =>
  html`${until !== undefined && Date.parse(until) > nowMs && html`, next try ${timeOfDay(until)}`}`;

/** Text whose parts between backticks are commands. */
export const withCommands = (text: string): Html =>
  html`${text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`;
