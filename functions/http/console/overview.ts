import { html } from 'hono/html';
import { type DayFiguresPorts, dayFigures } from '../../core/observe/day-figures.ts';
import type { SourceSeen, sourcesSeen } from '../../core/observe/sources-seen.ts';
import type { Clock, Ledger, Queues } from '../../core/ports/ports.ts';
import { ttlCache } from '../ttl-cache.ts';
import { DAYS } from './days-view.ts';
import { type Html, stateMark } from './layout.ts';
import { sourceList } from './source-list.ts';
import { FOR_A_PERSON } from './state-help.ts';

export interface OverviewOptions {
  ledger: Ledger;
  keyValues: DayFiguresPorts['keyValues'];
  queues: Queues;
  seenSources: ReturnType<typeof sourcesSeen>;
  clock: Clock;
}

export interface Overview {
  waiting: { state: (typeof FOR_A_PERSON)[number]; count: number }[];
  /** Undefined where the queues do not answer. */
  queues?: Awaited<ReturnType<Queues['depths']>> | undefined;
  sources: SourceSeen[];
  days: Awaited<ReturnType<ReturnType<typeof dayFigures>>>;
}

/** The ledger reads every row that it counts. Beyond this count the page shows `50+`. */
const MOST = 50;
const FRESH_MS = 5_000;
const SOURCES_FRESH_MS = 2_000;
/** The rows of today and yesterday are read each time: seldom where they are many. */
const DAYS_FRESH_MS = { few: 5_000, many: 60_000 };
const FEW = 200;

/** The counts at the top of the page. However many readers poll, the ledger and SQS are asked once in some seconds. */
export const overviewOf = ({
  ledger,
  keyValues,
  queues,
  seenSources,
  clock,
}: OverviewOptions): (() => Promise<Overview>) => {
  const waiting = ttlCache(
    () => Promise.all(FOR_A_PERSON.map(async (state) => ({ state, count: await ledger.count({ state }, MOST + 1) }))),
    FRESH_MS,
    clock,
  );
  const sources = ttlCache(() => seenSources(), SOURCES_FRESH_MS, clock);
  const depths = ttlCache(() => queues.depths(), FRESH_MS, clock);
  const figures = dayFigures({ ledger, keyValues, clock });
  const days = ttlCache(() => figures(DAYS), freshFor, clock);
  return async () => {
    // Without the queues the other counts are still shown.
    const waits = depths().catch(() => undefined);
    const [counts, depthsNow, sourcesNow, daysNow] = await Promise.all([waiting(), waits, sources(), days()]);
    return { waiting: counts, queues: depthsNow, sources: sourcesNow, days: daysNow };
  };
};

const freshFor = (days: Overview['days']): number => {
  if (days.some(({ figures }) => !figures)) return DAYS_FRESH_MS.few; // the next call counts further days
  const rows = days.slice(-2).reduce((sum, { figures }) => sum + (figures?.memos ?? 0), 0);
  return rows <= FEW ? DAYS_FRESH_MS.few : DAYS_FRESH_MS.many;
};

export const overviewView = ({ waiting, queues, sources }: Overview, nowMs: number): Html => {
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
  ${sourceList(sources, nowMs)}
</section>`;
};
