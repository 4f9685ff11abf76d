import { html } from 'hono/html';
import type { Memo } from '../../core/model/memo.ts';
import { inWords, type ReplayPlan } from '../../core/operate/replay-memos.ts';
import { ago } from './format.ts';
import { type Html, stateMark } from './layout.ts';

export type Planned = readonly { memo: Memo; plan: ReplayPlan }[];

/** Nobody reads a longer list before a click; the counts above it are of all. */
const MOST = 100;

/** The memos of a replay, each with what the replay would do to it. */
export const plannedList = (
  planned: Planned,
  nowMs: number,
): Html => html`<section class="card" aria-labelledby="which">
  <h2 id="which">The memos</h2>
  <ul class="plans">${planned.slice(0, MOST).map(
    ({ memo, plan }) => html`<li>
      <a href="/m/${memo.id}">${stateMark(memo.state)} <span>${memo.recording.source}</span> <span class="id">${memo.id}</span></a>
      ${ago(memo.createdAt, nowMs)} <span class="plan">${inWords([plan], true).replace(/^1 /, '')}</span></li>`,
  )}</ul>
  ${planned.length > MOST && html`<p class="note">and ${planned.length - MOST} more</p>`}
</section>`;
