/** The page's parts: the glance at the side, the list, one memo, the questions. */
export const STYLE_OF_PARTS = `
.columns { display: grid; gap: 1.75rem; grid-template-columns: 15rem minmax(0, 1fr); }
.overview { display: grid; gap: 1.5rem; grid-auto-rows: min-content; padding-block-start: 0.25rem; }
.tile h3 { margin-block-end: 0.375rem; }
.figures, .sources, .plans { list-style: none; padding: 0; }
.figures a, .figures li > span { align-items: baseline; border-radius: 0.5rem; color: inherit; display: flex; gap: 0.625rem; margin-inline: -0.5rem; padding: 0.25rem 0.5rem; text-decoration: none; }
.figures a:hover { background: var(--wash); }
.figures b { font-weight: 600; min-width: 1.75rem; text-align: end; }
.figures .state { color: var(--quiet); }
.figures li > span { color: var(--quiet); }
.figures li > span b { color: var(--text); }
.figures .some b, .figures .some .state { color: var(--alarm); }
.sources li { align-items: baseline; display: flex; flex-wrap: wrap; gap: 0 0.5rem; justify-content: space-between; padding-block: 0.1875rem; }
.sources a { color: inherit; text-decoration: none; }
.sources a:hover { text-decoration: underline; }
.sources time, .tile details { color: var(--quiet); font-size: 0.875rem; }
.tile details { margin-block-start: 0.375rem; }
.tile summary { cursor: pointer; }

.filter { align-items: end; display: flex; flex-wrap: wrap; gap: 0.75rem; margin-block-end: 1.5rem; }
.filter label { min-width: 9rem; }
.filter .wide { flex: 1 1 16rem; }
.filter .clear { align-self: center; padding-block: 0.5rem; }
.heading { align-items: center; display: flex; gap: 1rem; justify-content: space-between; margin-block-end: 0.5rem; min-height: 2.5rem; }
.empty { background: var(--card); border: 1px dashed var(--line); border-radius: 0.875rem; color: var(--quiet); padding: 3rem 1.5rem; text-align: center; }
.pages { display: flex; gap: 1.25rem; padding-block-start: 1rem; }

.memos { background: var(--card); border: 1px solid var(--line); border-radius: 0.875rem; border-spacing: 0; width: 100%; }
.memos th, .memos td { border-block-end: 1px solid var(--line); padding: 0.6875rem 0.75rem; text-align: start; }
.memos :is(th, td):first-child { padding-inline-start: 1.25rem; }
.memos :is(th, td):last-child { padding-inline-end: 1.25rem; text-align: end; }
.memos tbody tr:last-child > * { border-block-end: 0; }
.memos thead th { color: var(--quiet); font-size: 0.8125rem; font-weight: 500; }
.memos tbody th { font-weight: 550; position: relative; }
.memos tbody tr { position: relative; }
.memos tbody tr:hover { background: var(--wash); }
.memos tbody tr:last-child > :first-child { border-end-start-radius: 0.875rem; }
.memos tbody tr:last-child > :last-child { border-end-end-radius: 0.875rem; }
.memos tbody a { color: inherit; text-decoration: none; }
.memos tbody a::after { content: ""; inset: 0; position: absolute; }
.memos tbody th { position: static; }
.memos .age, .memos .id, .to { color: var(--quiet); }

.memo { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
.head { display: grid; gap: 0 1.5rem; grid-template-columns: minmax(0, 1fr) auto; }
.head > * { grid-column: 1; }
.head .actions { align-self: start; grid-area: 1 / 2 / span 2; }
.head h1 .state { text-transform: capitalize; }
.head h1 svg { height: 1.625rem; margin-inline-end: 0.75rem; width: 1.625rem; }
.head .lead { font-size: 1.0625rem; margin-block-start: 0.5rem; max-width: 44rem; }
.advice { background: var(--wash); border-radius: 0.625rem; margin-block-start: 0.625rem; max-width: 44rem; padding: 0.625rem 0.875rem; }
.advice button { margin-block-start: 0.5rem; }
.player { display: grid; gap: 0.875rem; }
.player .note { order: 1; }
.wave { cursor: pointer; display: block; height: 4rem; width: 100%; }
.wave path { fill: none; stroke: light-dark(#b9bcc9, #565a6b); stroke-linecap: round; stroke-width: 3; vector-effect: non-scaling-stroke; }
.wave .played { stroke: var(--accent); }
audio { display: block; height: 3rem; width: 100%; }

.story { align-items: start; display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); }
.story > :first-child { grid-row: span 2; }
.timeline { list-style: none; margin-block-start: 1rem; padding: 0; }
.timeline li { border-inline-start: 2px solid var(--line); margin-inline-start: 0.4375rem; padding: 0 0 1.25rem 1.375rem; position: relative; }
.timeline li:last-child { border-color: transparent; padding-block-end: 0; }
.timeline li > p:first-child { align-items: baseline; display: flex; flex-wrap: wrap; gap: 0 0.75rem; }
.timeline .state { font-weight: 550; margin-inline-start: -2rem; }
.timeline .state svg { background: var(--card); height: 1.125rem; margin-inline-end: 0.875rem; outline: 4px solid var(--card); width: 1.125rem; }
.timeline li:not(:last-child) .state svg { animation: none; }
.timeline .when { color: var(--quiet); font-size: 0.875rem; margin-inline-start: auto; }
.timeline .since { display: inline-block; min-width: 4.25rem; text-align: end; }
.attempt, .ids { color: var(--quiet); font-size: 0.875rem; }
.ids { font-family: var(--mono); font-size: 0.75rem; }

.facts .number { white-space: normal; }
.facts { display: grid; gap: 0.5rem 1rem; grid-template-columns: max-content minmax(0, 1fr); margin-block-start: 0.875rem; }
.facts dt { color: var(--quiet); }
.parts a, .parts b { display: inline-block; min-width: 1.5rem; padding-inline: 0.25rem; text-align: center; }
.actions { align-items: start; display: flex; flex-wrap: wrap; gap: 0.75rem; }

.ask, .aside, .ask + .card { margin-inline: auto; max-width: 44rem; }
.ask { display: grid; gap: 1rem; padding: 1.75rem; }
.ask form:not(.filter) { align-items: center; display: flex; flex-wrap: wrap; gap: 0.75rem 1.25rem; }
.ask .filter { margin-block-end: 0; }
.ask ul { display: grid; gap: 0.25rem; padding-inline-start: 1.25rem; }
.ask + .card, .aside { margin-block-start: 1.25rem; }
.aside { display: grid; gap: 0.75rem; justify-items: start; }
.aside label { width: 100%; }
.says { font-size: 1.125rem; font-weight: 550; }
.plans { margin-block-start: 0.75rem; }
.plans li { align-items: baseline; border-block-start: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding-block: 0.625rem; }
.plans li:first-child { border: 0; }
.plans a { color: inherit; display: inline-flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; text-decoration: none; }
.plans time { color: var(--quiet); font-size: 0.875rem; }
.plan { color: var(--quiet); margin-inline-start: auto; }
.sign-in { margin-block-start: 12vh; max-width: 24rem; }
.ask.sign-in form { display: grid; gap: 0.625rem; }
.sign-in button { margin-block-start: 0.5rem; }

@media (max-width: 60rem) {
  .columns, .story { grid-template-columns: minmax(0, 1fr); }
  .overview { gap: 0.75rem 2rem; grid-template-columns: minmax(0, 1fr); }
  .tile { align-items: baseline; display: flex; flex-wrap: wrap; gap: 0 1rem; }
  .tile h3 { flex: 0 0 5rem; margin: 0; }
  .figures, .sources { display: flex; flex-wrap: wrap; gap: 0 1rem; }
  .figures a, .figures li > span { gap: 0.375rem; margin: 0; padding-inline: 0; }
  .figures b { min-width: 0; }
  .figures .state svg { display: none; }
  .sources li { justify-content: start; }
  .tile details { margin: 0; }
}
@media (max-width: 42rem) {
  body { padding-inline: 1rem; }
  .tile h3 { flex-basis: 100%; }
  .filter label { flex: 1 1 8rem; min-width: 0; }
  .filter .wide { flex-basis: 12rem; }
  .head { grid-template-columns: minmax(0, 1fr); }
  .head .actions { grid-area: auto; margin-block-start: 1rem; order: 1; }
  .wave path { stroke-width: 1.5; }
  .memos, .memos tbody { display: block; }
  .memos thead { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; width: 1px; }
  .memos tbody tr { border-block-end: 1px solid var(--line); display: grid; gap: 0.125rem 0.75rem; grid-template-columns: minmax(0, 1fr) auto; padding: 0.75rem 1rem; }
  .memos tbody tr:last-child { border-block-end: 0; }
  .memos tbody :is(th, td) { border: 0; padding: 0 !important; }
  .memos tbody td:last-child { grid-area: 1 / 2; }
  .memos tbody td:nth-child(3) { grid-column: 1 / -1; grid-row: 3; }
  .memos tbody td:nth-child(4) { display: none; }
  .memos tbody td:nth-child(5) { grid-area: 2 / 2; text-align: end; }
  .card { padding: 1rem; }
  .timeline .when { margin-inline-start: 0; width: 100%; }
  .facts { gap: 0 1rem; grid-template-columns: minmax(0, 1fr); }
  .facts dd { margin-block-end: 0.625rem; }
}
`;
