import type { Output } from '../base/output.ts';
import type { Check } from './check.ts';

/** Shows the checks, the worst last, where a terminal shows them. Sources that are off share a line. */
export const showChecks = (output: Output, checks: readonly Check[]): void => {
  const of = (...states: Check['state'][]) =>
    states.flatMap((state) => checks.filter((check) => check.state === state));
  const off = of('note').filter(({ area }) => area === 'secrets');
  if (off.length > 0)
    output.line(
      output.paint('dim', `·  off: ${off.map(({ what }) => what).join(', ')}; npx aftercall hooks names their pages`),
    );
  output.table(
    of('note', 'ok')
      .filter((check) => !off.includes(check))
      .map(({ area, what, state, says }) => [
        mark(output, state),
        area,
        what,
        output.paint(state === 'note' ? 'dim' : 'green', says),
      ]),
  );
  for (const { area, what, state, says, fix } of of('warning', 'fault')) {
    output.line(`${mark(output, state)} ${area}  ${what}: ${says}`);
    if (fix) output.line(`    fix it: ${fix}`);
  }
};

const MARKS = { ok: ['green', '✓'], fault: ['red', '✗'], warning: ['yellow', '!'], note: ['dim', '·'] } as const;

const mark = (output: Output, state: Check['state']): string => {
  const [colour, sign] = MARKS[state];
  return output.paint(colour, sign);
};
