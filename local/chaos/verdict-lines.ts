import type { Colours } from './colours.ts';
import { DEALERS } from './counters.ts';
import type { Post } from './linq.ts';
import type { Storm } from './storm.ts';
import { FINDINGS, type Finding, type FindingKind } from './verdict.ts';

const WIDTH = 100;

/** The storm's verdict as a table: the promises, the results, and the injected faults. */
export const verdictLines = (
  { verdict, faults, sources, seconds }: Storm,
  { seed, scale }: { seed: number; scale: number },
  { dim, good, bad, strong }: Colours,
): string[] => {
  const endedOtherwise = verdict.ended.reduce((sum, { count }) => sum + count, 0);
  const line = (what: string, count: number) => `    ${what.padEnd(26)}${String(count).padStart(6)}`;
  const kinds = Object.keys(FINDINGS) as FindingKind[]; // the record's own keys
  const found = (kind: FindingKind) => verdict.findings.filter((finding) => finding.kind === kind).length;
  return [
    `  ${strong('The storm')}  ${verdict.calls} calls, seed ${seed}, time × ${scale}, ${Math.round(seconds)} s`,
    line('acknowledged', verdict.acknowledged),
    ...bySource(sources).map(dim),
    line('delivered once', verdict.delivered),
    line('  twice, as allowed', verdict.allowedTwice),
    line('  passed by another', verdict.late),
    line('erased', verdict.erased),
    line('ended with a reason', endedOtherwise),
    line('  parked, as allowed', verdict.parkedInDoubt),
    ...verdict.ended.map(({ state, reason, count }) => dim(`${line(`  ${state}`, count)}  ${reason}`)),
    ...kinds.map((kind) => {
      const text = line(kind, found(kind));
      return found(kind) > 0 ? bad(`✗${text.slice(1)}`) : text;
    }),
    '    faults dealt',
    ...DEALERS.flatMap((dealer) => {
      const counts = Object.entries(faults[dealer]).sort(([, a], [, b]) => b - a);
      return wrap(counts.map(([fault, count]) => `${fault} ${count}`)).map((text, n) =>
        dim(`      ${(n === 0 ? dealer : '').padEnd(12)}${text}`),
      );
    }),
    verdict.findings.length === 0
      ? good('✓ every acknowledged call ended as planned: none lost, none doubled, none out of order')
      : bad(`✗ ${verdict.findings.length} promises were broken`),
  ];
};

const bySource = (sources: Storm['sources']): string[] => {
  const counts = Object.entries(sources);
  return counts.length < 2
    ? []
    : wrap(counts.map(([name, count]) => `${name} ${count}`)).map((text) => `      ${text}`);
};

/** Each broken promise with all known facts of its memo: the row, and Linq's faults for its POSTs. */
export const findingLines = (
  findings: readonly Finding[],
  posts: readonly Post[],
  seed: number,
  { bad }: Colours,
): string[] =>
  findings.flatMap(({ kind, memo, what, row }) => {
    const dealt = posts.filter((post) => post.memo === memo).map(({ fault, took }) => `${fault} (${took} taken)`);
    return [
      bad(`✗ ${kind}: ${what}  ${memo}  seed ${seed}`),
      ...(row?.history ?? []).map(
        ({ at, state, code, reason }) => `    ${at}  ${state.padEnd(9)} ${[code, reason].filter(Boolean).join('  ')}`,
      ),
      ...(dealt.length > 0 ? [`    Linq: ${dealt.join(' · ')}`] : []),
    ];
  });

const wrap = (words: readonly string[]): string[] => {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} · ${word}`;
    else lines.push(word);
  }
  return lines;
};
