import type { Colours } from './colours.ts';
import { PEER_FIGURES, PEER_NOTES, PEERS } from './peers.ts';
import type { MatrixPlayed, Played } from './play-matrix.ts';

const OURS_WIDTH = 14;

/** The matrix as a table, and below it the broken promises. */
export const matrixLines = ({ cases, seconds }: MatrixPlayed, { dim, good, bad, strong }: Colours): string[] => {
  const peersOf = ({ case: { peers } }: Played) =>
    PEERS.map((peer) => (peers ? PEER_FIGURES[peers][peer] : '–').padStart(peer.length)).join('  ');
  const nameOf = ({ case: { name, calls } }: Played) => (calls > 1 ? `${name}, ${calls} calls` : name);
  const width = Math.max(...cases.map((played) => nameOf(played).length));
  const heading = `${'The fault matrix'.padEnd(width)}  ${'Aftercall'.padEnd(OURS_WIDTH)}`;
  return [
    `  ${strong(heading)}${dim(PEERS.join('  '))}`,
    ...cases.flatMap((played) => {
      const mark = played.broken.length === 0 ? good('✓') : bad('✗');
      const line = `${mark} ${nameOf(played).padEnd(width)}  ${played.ours.padEnd(OURS_WIDTH)}${dim(peersOf(played))}`;
      return [line, ...played.broken.map((reason) => bad(`    ${reason}`))];
    }),
    ...PEER_NOTES.map((note) => dim(`  ${note}`)),
    dim(`  ${Math.round(seconds)} s`),
  ];
};
