/** The page's ground: colours, type, what every element looks like. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f7f7f9, #111216);
  --card: light-dark(#ffffff, #1a1b21);
  --line: light-dark(#e4e4ea, #2b2d36);
  --text: light-dark(#17181d, #eeeef2);
  --quiet: light-dark(#5d606b, #a3a6b3);
  --accent: light-dark(#4450c4, #a5adff);
  --on-accent: light-dark(#ffffff, #12131c);
  --wash: light-dark(#eef0fd, #232643);
  --alarm: light-dark(#b3261e, #ffa69c);
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
*, *::before, *::after { box-sizing: border-box; }
* { margin: 0; }
html { scrollbar-gutter: stable; -webkit-text-size-adjust: 100%; }
body { background: var(--page); color: var(--text); margin-inline: auto; max-width: 80rem; padding: 0 1.5rem 4rem; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 0.2em; }
h1 { font-size: 1.75rem; letter-spacing: -0.02em; line-height: 1.2; text-wrap: balance; }
h2 { font-size: 1.0625rem; letter-spacing: -0.01em; }
h3 { color: var(--quiet); font-size: 0.8125rem; font-weight: 500; }
p, li, dd { overflow-wrap: anywhere; }
small { color: var(--quiet); font-size: 0.8125rem; white-space: nowrap; }
main:focus { outline: none; }
:focus-visible { border-radius: 0.25rem; outline: 2px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none !important; }
.unseen { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; white-space: nowrap; width: 1px; }
.skip { background: var(--card); border-radius: 0 0 0.5rem 0.5rem; inset-block-start: 0; padding: 0.75rem 1rem; position: absolute; transform: translateY(-110%); z-index: 1; }
.skip:focus { transform: none; }
.id { font-family: var(--mono); font-size: 0.8125em; overflow-wrap: anywhere; }
.number, .age { white-space: nowrap; }
.none, .note { color: var(--quiet); }
.note { font-size: 0.875rem; }

button, .button, select, input:not([type="hidden"]) {
  border: 1px solid var(--line); border-radius: 0.5rem; font: inherit; min-height: 2.5rem; padding: 0.4375rem 0.875rem;
}
button, .button { background: var(--accent); border-color: var(--accent); color: var(--on-accent); cursor: pointer; display: inline-block; font-weight: 550; text-decoration: none; }
button:hover, .button:hover { filter: brightness(1.08); }
button:disabled { cursor: progress; opacity: 0.6; }
button.quiet, .button.quiet, .actions .button { background: transparent; border-color: var(--line); color: var(--text); }
button.danger { background: var(--alarm); border-color: var(--alarm); color: var(--card); }
select, input:not([type="hidden"]) { background: var(--card); border-color: light-dark(#8b8e99, #6d7080); color: inherit; width: 100%; }
label { color: var(--quiet); display: grid; font-size: 0.8125rem; gap: 0.25rem; }
label select, label input { font-size: 1rem; }

.top { align-items: center; display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; justify-content: space-between; padding-block: 1.25rem; }
.brand { align-items: center; color: inherit; display: flex; font-size: 1.125rem; font-weight: 650; gap: 0.625rem; letter-spacing: -0.01em; text-decoration: none; }
.brand svg { fill: none; stroke: var(--accent); stroke-linecap: round; stroke-width: 2; }
.top nav { align-items: baseline; display: flex; gap: clamp(0.75rem, 3vw, 1.5rem); }
.top nav :is(a, button) { background: none; border: 0; color: var(--quiet); font-weight: 400; min-height: 2.5rem; padding: 0.4375rem 0; text-decoration: none; }
.top nav :is(a, button):hover { color: var(--text); filter: none; text-decoration: underline; }

.state { white-space: nowrap; }
.state svg { fill: none; margin-inline-end: 0.5rem; vertical-align: -0.17em; stroke: currentcolor; stroke-linecap: round; stroke-linejoin: round; stroke-width: 1.75; }
.state.done svg { stroke: var(--accent); }
.state.still, .state.moving svg { color: var(--quiet); }
.state.person { color: var(--alarm); }

.card { background: var(--card); border: 1px solid var(--line); border-radius: 0.875rem; padding: 1.25rem 1.5rem; }
.notice { background: var(--wash); border-radius: 0.625rem; margin-block-end: 1.25rem; padding: 0.75rem 1rem; }
.warning { color: var(--alarm); }
.back { font-size: 0.875rem; margin-block-end: 1rem; }
.back a::before { content: "‹" / ""; margin-inline-end: 0.375rem; }

@media (prefers-reduced-motion: no-preference) {
  .fresh { animation: arrive 1.2s ease-out; }
  @keyframes arrive { from { background: var(--wash); } }
  .state.moving svg { animation: breathe 1.8s ease-in-out infinite; }
  @keyframes breathe { 50% { opacity: 0.35; } }
}
`;
