import type { Screen } from '../base/output.ts';
import type { Check } from './check.ts';

/** What was found, the worst last: a terminal shows the end. Sources that are off share a line. */
export const showChecks = (screen: Screen, checks: readonly Check[]): void => {
  const of = (...states: Check['state'][]) =>
    states.flatMap((state) => checks.filter((check) => check.state === state));
  const off = of('note').filter(({ area }) => area === 'secrets');
  if (off.length > 0)
    screen.line(
      screen.paint('dim', `·  off: ${off.map(({ what }) => what).join(', ')}; npx aftercall hooks has the pages`),
    );
  screen.table(
    of('note', 'ok')
      .filter((check) => !off.includes(check))
      .map(({ area, what, state, says }) => [
        mark(screen, state),
        area,
        what,
        screen.paint(state === 'note' ? 'dim' : 'green', says),
      ]),
  );
  for (const { area, what, state, says, mend } of of('warning', 'fault')) {
    screen.line(`${mark(screen, state)} ${area}  ${what}: ${says}`);
    if (mend) screen.line(`    mend it: ${mend}`);
  }
};

const MARKS = { ok: ['green', '✓'], fault: ['red', '✗'], warning: ['yellow', '!'], note: ['dim', '·'] } as const;

const mark = (screen: Screen, state: Check['state']): string => {
  const [colour, sign] = MARKS[state];
  return screen.paint(colour, sign);
};
