import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { html } from 'hono/html';
import type { TraceSummary } from '../../core/model/traces.ts';
import { silenceFix } from '../../core/observe/silence.ts';
import { sourceEvents } from '../../core/observe/source-events.ts';
import { isRefused, MOST_COUNTED, type SourceSeen, type sourcesSeen } from '../../core/observe/sources-seen.ts';
import type { Ledger } from '../../core/ports/ports.ts';
import { knownSource, payloadOr404, type SourceEventsOptions } from '../source-events.ts';
import type { SetUp } from '../status.ts';
import { withCommands } from './causes-view.ts';
import { findMemos } from './find-memos.ts';
import { ago, moment } from './format.ts';
import { fragmentOr } from './fragment.ts';
import type { Guarded } from './guard.ts';
import type { Html } from './layout.ts';
import { memosView } from './list-view.ts';
import { maskAny } from './phone-mask.ts';
import { eventsView, payloadPage } from './source-events-view.ts';
import { refusedInWords, sourceUrl } from './source-list.ts';

export type SourceOptions = SourceEventsOptions & {
  seenSources: ReturnType<typeof sourcesSeen>;
  ledger: Ledger;
  /** The configured sources. One with `classifyObject` has no hook. */
  configured: Readonly<Record<string, { classifyObject?: unknown }>>;
  setUp?: Pick<SetUp, 'publicUrl'>;
};

/**
 * `GET /s/:name` shows one source: what came, what became of it, likely causes of refusals, its last webhooks and its newest memos.
 * `GET /s/:name/events/:event` shows the masked payload of one webhook.
 */
export const sourcePageRoutes = (options: SourceOptions) => {
  const { seenSources, ledger, clock, configured, setUp, inspects, sources } = options;
  const eventsOf = sourceEvents(options);
  const routes = new Hono<Guarded>();
  routes.get('/s/:name', etag(), async (c) => {
    const name = knownSource(sources, c.req.param('name'));
    const [seen, page] = await Promise.all([seenSources([name]), findMemos(ledger, { source: name })]);
    const source = seen.find((each) => each.name === name) ?? { name };
    const nowMs = clock.nowMs();
    const events = eventsView(name, await eventsOf(name, page.memos), { inspects, nowMs });
    const hasHook = Object.hasOwn(configured, name) && !configured[name]?.classifyObject;
    const hook = hasHook ? `${setUp?.publicUrl ?? new URL(c.req.url).origin}/hooks/${name}` : undefined;
    const live = html`${head(source, nowMs, hook)}${events}${memosView(page, { source: name }, nowMs)}`;
    return fragmentOr(c, c.req.query('fragment'), live, () => ({
      content: html`<p class="back"><a href="/">All memos</a></p><div class="memo">${live}</div>`,
      frame: { title: name, poll: `${sourceUrl(name)}?fragment=1` },
    }));
  });

  routes.get('/s/:name/events/:event', async (c) => {
    const name = knownSource(sources, c.req.param('name'));
    const payload = await payloadOr404(options, name, c.req.param('event'));
    return c.render(payloadPage(name, payload), { title: 'A payload' });
  });
  return routes;
};

const head = (source: SourceSeen, nowMs: number, hook: string | undefined): Html => {
  const { name, lastAcceptedAt, acceptedToday = 0, ignored, refused } = source;
  return html`<section id="source" class="head" data-live data-news="${isRefused(source) ? `${name} is refused` : ''}" aria-labelledby="title">
  <h1 id="title">${name}</h1>
  ${refused && refused.today > 0 && trouble(source, refused)}
  ${hook !== undefined && !lastAcceptedAt && !refused && !ignored && html`<p class="advice">Nothing has come from this source yet. <b>What to do:</b> ${silenceFix(hook)}</p>`}
  <dl class="facts outcomes">
    <dt>accepted</dt><dd>${lastAcceptedAt === undefined ? 'none yet' : html`${countedToday(acceptedToday)}; the last one ${moment(lastAcceptedAt)}, ${ago(lastAcceptedAt, nowMs)}`}</dd>
    <dt>refused</dt><dd>${outcome(refused, nowMs)}</dd>
    <dt>ignored</dt><dd>${outcome(ignored, nowMs)}</dd>
  </dl>
  <p class="note">Days are in UTC. Of what was accepted, the memos are counted. In a flood, at least half of what is refused and ignored is counted.</p>
</section>`;
};

const countedToday = (memos: number): string => `${memos < MOST_COUNTED ? memos : `${MOST_COUNTED}+`} today`;

const trouble = (source: SourceSeen, refused: NonNullable<SourceSeen['refused']>): Html => html`<div class="advice">
  <p class="${isRefused(source) ? 'warning' : ''}"><b>${refusedInWords(refused)}.</b></p>
  ${!isRefused(source) && html`<p>What came later was accepted.</p>`}
  <p>Likely causes:</p>
  <ol>${refused.causes.map((cause) => html`<li>${withCommands(cause)}</li>`)}</ol>
</div>`;

const outcome = (summary: TraceSummary | undefined, nowMs: number): Html => {
  if (!summary) return html`none in the last 30 days`;
  const { today, lastAt, reason } = summary;
  return html`${today} today; the last one ${moment(lastAt)}, ${ago(lastAt, nowMs)}: <span class="id">${maskAny(reason)}</span>`;
};
