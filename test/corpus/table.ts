import type { Verdict } from './judge.ts';

/** Verdicts grouped by the work done, and rejections by their reason without its numbers and names. */
export const tableOf = (verdicts: readonly Verdict[]): string => {
  const lines = [
    '',
    '| | files | passed | remuxed | converted | rejected | faults |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const engines of ['without ffmpeg', 'with ffmpeg']) {
    const these = verdicts.filter((verdict) => verdict.engines === engines);
    const did = ['passed', 'remuxed', 'converted', 'rejected'].map(
      (word) => these.filter((one) => one.did === word).length,
    );
    lines.push(`| ${[engines, these.length, ...did, these.filter(({ fault }) => fault).length].join(' | ')} |`);
  }
  for (const engines of ['without ffmpeg', 'with ffmpeg']) {
    const reasons = new Map<string, number>();
    for (const { said } of verdicts.filter((verdict) => verdict.engines === engines && verdict.did === 'rejected'))
      reasons.set(kindOf(said), (reasons.get(kindOf(said)) ?? 0) + 1);
    lines.push('', `Rejected ${engines}:`);
    for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a)) lines.push(`${count} × ${reason}`);
  }
  return lines.join('\n');
};

const kindOf = (reason: string): string =>
  reason
    .replace(/this codec needs the ffmpeg layer: .*/, 'this codec needs the ffmpeg layer: …')
    .replace(/\(.*?\)+/g, '(…)')
    .replace(/\d+(\.\d+)?/g, 'N');
