import { Hono } from 'hono';
import { etag } from 'hono/etag';
import { html } from 'hono/html';
import { AftercallError } from '../../core/model/errors.ts';
import type { TraceSummary } from '../../core/model/traces.ts';
import { silenceFix } from '../../core/observe/silence.ts';
import { isRefused, type SourceSeen, type sourcesSeen } from '../../core/observe/sources-seen.ts';
import type { Clock, Ledger } from '../../core/ports/ports.ts';
import type { SetUp } from '../status.ts';
import { withCommands } from './causes-view.ts';
import { findMemos } from './find-memos.ts';
import { ago, moment } from './format.ts';
import { fragmentOr } from './fragment.ts';
import type { Guarded } from './guard.ts';
import type { Html } from './layout.ts';
import { memosView } from './list-view.ts';
import { maskAny } from './phone-mask.ts';
import { refusedInWords, sourceUrl } from './source-list.ts';

export interface SourceOptions {
  seenSources: ReturnType<typeof sourcesSeen>;
  ledger: Ledger;
  clock: Clock;
  /** The configured sources. One with `classifyObject` has no hook. */
  configured: Readonly<Record<string, { classifyObject?: unknown }>>;
  setUp?: Pick<SetUp, 'publicUrl'>;
}

/** `GET /s/:name` shows one source: what came, what became of it, likely causes of refusals, and its newest memos. */
export const sourcePageRoutes = ({ seenSources, ledger, clock, configured, setUp }: SourceOptions) =>
  new Hono<Guarded>().get('/s/:name', etag(), async (c) => {
    const name = c.req.param('name');
    const source = (await seenSources()).find((each) => each.name === name);
    if (!source) throw new AftercallError('not_found', `The configuration has no source with this name.`);
    const nowMs = clock.nowMs();
    const memos = memosView(await findMemos(ledger, { source: name }), { source: name }, nowMs);
    const hasHook = Object.hasOwn(configured, name) && !configured[name]?.classifyObject;
    const hook = hasHook ? `${setUp?.publicUrl ?? new URL(c.req.url).origin}/hooks/${name}` : undefined;
    const live = html`${head(source, nowMs, hook)}${memos}`;
    return fragmentOr(c, c.req.query('fragment'), live, () => ({
      content: html`<p class="back"><a href="/">All memos</a></p><div class="memo">${live}</div>`,
      frame: { title: name, poll: `${sourceUrl(name)}?fragment=1` },
    }));
  });

const head = (source: SourceSeen, nowMs: number, hook: string | undefined): Html => {
  const { name, lastAcceptedAt, ignored, refused } = source;
  return html`<section id="source" class="head" data-live data-news="${isRefused(source) ? `${name} is refused` : ''}" aria-labelledby="title">
  <h1 id="title">${name}</h1>
  ${refused && refused.today > 0 && trouble(source, refused)}
  ${hook !== undefined && !lastAcceptedAt && !refused && !ignored && html`<p class="advice">Nothing has come from this source yet. <b>What to do:</b> ${silenceFix(hook)}</p>`}
  <dl class="facts outcomes">
    <dt>last memo</dt><dd>${lastAcceptedAt === undefined ? 'none yet' : html`${moment(lastAcceptedAt)}, ${ago(lastAcceptedAt, nowMs)}`}</dd>
    <dt>refused</dt><dd>${outcome(refused, nowMs)}</dd>
    <dt>ignored</dt><dd>${outcome(ignored, nowMs)}</dd>
  </dl>
  <p class="note">Days are in UTC. In a flood, at least half of the refused and ignored webhooks are counted.</p>
</section>`;
};

const trouble = (source: SourceSeen, refused: NonNullable<SourceSeen['refused']>): Html => html`<div class="advice">
  <p class="${isRefused(source) ? 'warning' : ''}"><b>${refusedInWords(refused)}.</b></p>
  ${!isRefused(source) && html`<p>Later webhooks were accepted.</p>`}
  <p>Likely causes:</p>
  <ol>${refused.causes.map((cause) => html`<li>${withCommands(cause)}</li>`)}</ol>
</div>`;

const outcome = (summary: TraceSummary | undefined, nowMs: number): Html => {
  if (!summary) return html`none in the last 30 days`;
  const { today, lastAt, reason } = summary;
  return html`${today} today; the last one ${moment(lastAt)}, ${ago(lastAt, nowMs)}: <span class="id">${maskAny(reason)}</span>`;
};
