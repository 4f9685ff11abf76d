/** The colours of one picture. */
interface Theme {
  ink: string;
  muted: string;
  line: string;
  box: string;
  accent: string;
  queue: string;
}

export const THEMES = {
  light: { ink: '#1f2328', muted: '#59636e', line: '#818b98', box: '#ffffff', accent: '#4450c4', queue: '#eef0ff' },
  dark: { ink: '#f0f6fc', muted: '#9198a1', line: '#6e7681', box: '#151b23', accent: '#a3acff', queue: '#262c52' },
} as const satisfies Record<string, Theme>;

const [WIDTH, HEIGHT] = [920, 372];
const BOX = { width: 120, height: 56 };
/** The middle of each column, and the top of each row; pixels. */
const X = { calls: 70, receive: 225, store: 470, send: 715, linq: 850 };
const Y = { path: 70, state: 176, below: 302 };

/** How a webhook becomes a memo, as an SVG that stands by itself. */
export const architecture = (theme: Theme): string => {
  const middle = Y.path + BOX.height / 2;
  const bottom = Y.path + BOX.height;
  const state = { left: X.receive - 60, right: X.send + 60, height: 76 };
  const stateBottom = Y.state + state.height;
  const below = Y.below + BOX.height / 2;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">`,
    '<title id="title">A call system posts a webhook to receive. receive puts a message on the queue recordings.fifo. store fetches the recording, makes it fit and keeps it in S3. send takes messages from memos.fifo and asks Linq once. api takes receipts and shows the page. tend sweeps. All write to the table in DynamoDB.</title>',
    style(theme),
    arrowHead(theme),
    // The path, from left to right.
    arrow([X.calls + 60, middle], [X.receive - 60, middle]),
    arrow([X.receive + 60, middle], [X.store - 60, middle]),
    arrow([X.store + 60, middle], [X.send - 60, middle]),
    arrow([X.send + 60, middle], [X.linq - 60, middle]),
    // The recording itself, and the audio that Linq fetches.
    arrow([X.calls, Y.path], [X.calls, 36], [X.store, 36], [X.store, Y.path]),
    label((X.calls + X.store) / 2, 27, 'the recording, fetched through a guard'),
    arrow([state.right, Y.state + 38], [X.linq - 22, Y.state + 38], [X.linq - 22, bottom]),
    label(X.linq - 22, Y.state + 56, 'presigned URL'),
    // What each function reads and writes.
    arrow([X.store, bottom], [X.store, Y.state]),
    arrow([X.send, bottom], [X.send, Y.state]),
    arrow([X.receive, Y.below], [X.receive, stateBottom]),
    arrow([X.send, Y.below], [X.send, stateBottom]),
    // Receipts, and people.
    arrow([X.linq + 40, bottom], [X.linq + 40, below], [X.send + 60, below]),
    label(X.linq - 18, below - 9, 'receipts, STOP'),
    arrow([X.store + 60, below], [X.send - 60, below]),
    label((X.store + X.send) / 2, below - 9, 'page, command'),
    box('outside', X.calls, Y.path, 'call system', 'webhook'),
    box('function', X.receive, Y.path, 'receive', 'verifies, routes'),
    queue((X.receive + X.store) / 2, middle, 'recordings.fifo'),
    box('function', X.store, Y.path, 'store', 'fetches, fits'),
    queue((X.store + X.send) / 2, middle, 'memos.fifo'),
    box('function', X.send, Y.path, 'send', 'asks Linq once'),
    box('outside', X.linq, Y.path, 'Linq', 'iMessage'),
    `<rect class="state" x="${state.left}" y="${Y.state}" width="${state.right - state.left}" height="${state.height}" rx="10"/>`,
    box('data', X.receive + 110, Y.state + 10, 'DynamoDB', 'a row a memo: state, history, reasons', 310),
    box('data', X.send - 75, Y.state + 10, 'S3', 'the audio', 240),
    box('function', X.receive, Y.below, 'tend', 'sweeps, expires'),
    box('outside', X.store, Y.below, 'you', 'replay, erase'),
    box('function', X.send, Y.below, 'api', 'page, receipts'),
    '</svg>',
  ].join('\n')}\n`;
};

const style = ({ ink, muted, line, box, accent, queue }: Theme): string => `<style>
text { font-family: -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; text-anchor: middle; fill: ${muted}; font-size: 12px }
.name { font-size: 14px; font-weight: 600; fill: ${ink} }
.function rect { fill: ${box}; stroke: ${accent}; stroke-width: 2 }
.outside rect, .data rect { fill: ${box}; stroke: ${line} }
.outside rect { stroke-dasharray: 4 3 }
.queue rect { fill: ${queue}; stroke: ${accent} }
.queue text { fill: ${ink} }
.state { fill: none; stroke: ${line}; stroke-dasharray: 2 4 }
.arrow { fill: none; stroke: ${line}; stroke-width: 1.5 }
</style>`;

const arrowHead = ({ line }: Theme): string =>
  `<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="${line}"/></marker>`;

type Point = readonly [x: number, y: number];
const arrow = (...points: Point[]): string =>
  `<path class="arrow" marker-end="url(#head)" d="M${points.map((point) => point.join(' ')).join('L')}"/>`;

const label = (x: number, y: number, text: string): string => `<text x="${x}" y="${y}">${text}</text>`;

const box = (
  kind: 'function' | 'outside' | 'data',
  x: number,
  top: number,
  name: string,
  does: string,
  width = BOX.width,
) =>
  `<g class="${kind}"><rect x="${x - width / 2}" y="${top}" width="${width}" height="${BOX.height}" rx="8"/><text class="name" x="${x}" y="${top + 24}">${name}</text><text x="${x}" y="${top + 43}">${does}</text></g>`;

const queue = (x: number, y: number, name: string): string =>
  `<g class="queue"><rect x="${x - 52}" y="${y - 14}" width="104" height="28" rx="14"/><text x="${x}" y="${y + 4}">${name}</text></g>`;
