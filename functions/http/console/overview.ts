import { html } from 'hono/html';
import type { Clock, Ledger, Queues } from '../../core/ports/ports.ts';
import { ttlCache } from '../ttl-cache.ts';
import { PAGE } from './find-memos.ts';
import { ago } from './format.ts';
import { type Html, stateMark } from './layout.ts';
import { FOR_A_PERSON } from './state-help.ts';

export interface OverviewOptions {
  ledger: Ledger;
  queues: Queues;
  /** The names of the configured sources. */
  sources: readonly string[];
  clock: Clock;
}

export interface Overview {
  waiting: { state: (typeof FOR_A_PERSON)[number]; count: number }[];
  /** Undefined where the queues do not answer. */
  queues?: Awaited<ReturnType<Queues['depths']>> | undefined;
  sources: { name: string; lastAt?: string | undefined }[];
}

/** The ledger reads every row that it counts. Beyond this count the page shows `50+`. */
const MOST = PAGE;
const FRESH_MS = 5_000;
const SOURCES_FRESH_MS = 10_000;

/** The counts at the top of the page. However many readers poll, the ledger and SQS are asked once in some seconds. */
export const overviewOf = ({ ledger, queues, sources, clock }: OverviewOptions): (() => Promise<Overview>) => {
  const waiting = ttlCache(
    () => Promise.all(FOR_A_PERSON.map(async (state) => ({ state, count: await ledger.count({ state }, MOST + 1) }))),
    FRESH_MS,
    clock,
  );
  const lastOf = async (name: string) => {
    const { memos } = await ledger.list({ source: name }, 1);
    return { name, lastAt: memos[0]?.createdAt };
  };
  const lasts = ttlCache(() => Promise.all(sources.map(lastOf)), SOURCES_FRESH_MS, clock);
  const depths = ttlCache(() => queues.depths(), FRESH_MS, clock);
  return async () => {
    // Without the queues the other counts are still shown.
    const waits = depths().catch(() => undefined);
    const [counts, depthsNow, sourcesNow] = await Promise.all([waiting(), waits, lasts()]);
    return { waiting: counts, queues: depthsNow, sources: sourcesNow };
  };
};

export const overviewView = ({ waiting, queues, sources }: Overview, nowMs: number): Html => {
  const heard = sources
    .filter(({ lastAt }) => lastAt !== undefined)
    .sort((a, b) => (String(a.lastAt) < String(b.lastAt) ? 1 : -1));
  const silent = sources.filter(({ lastAt }) => lastAt === undefined).map(({ name }) => name);
  return html`<section id="overview" class="overview" data-live aria-labelledby="overview-title">
  <h2 id="overview-title" class="unseen">At a glance</h2>
  <div class="tile"><h3>Waiting for a person</h3>
    <ul class="figures">${waiting.map(
      ({ state, count }) =>
        html`<li><a href="/?state=${state}"${count > 0 ? html` class="some"` : ''}><b>${count > MOST ? `${MOST}+` : count}</b> ${stateMark(state)}</a></li>`,
    )}</ul></div>
  <div class="tile"><h3>Queues</h3>${
    queues
      ? html`<ul class="figures"><li><span><b>${queues.recordings}</b> recordings</span></li><li><span><b>${queues.memos}</b> memos</span></li><li><span${queues.deadLetters > 0 ? html` class="some"` : ''}><b>${queues.deadLetters}</b> dead letters</span></li></ul>`
      : html`<p>SQS does not answer.</p>`
  }</div>
  <div class="tile"><h3>Sources</h3>
    ${heard.length > 0 && html`<ul class="sources">${heard.map(({ name, lastAt = '' }) => html`<li><a href="/?source=${encodeURIComponent(name)}">${name}</a> ${ago(lastAt, nowMs)}</li>`)}</ul>`}
    ${silent.length > 0 && html`<details><summary>${heard.length > 0 ? `${silent.length} without an event yet` : 'No event yet'}</summary><p>${silent.join(', ')}</p></details>`}
  </div>
</section>`;
};
