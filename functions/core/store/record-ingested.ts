import type { Audio } from '../model/audio.ts';
import { audioOf, type Memo, partId } from '../model/memo.ts';
import { fileNameOf } from '../model/memo-file.ts';
import type { RoutedMessage } from '../model/messages.ts';
import { NO_ROUTE } from '../model/route.ts';
import { tooShort } from '../policy/send-policy.ts';
import type { AudioStore, Ledger, Log } from '../ports/ports.ts';
import type { Piece, Ready, Rejected, Run } from './ingest-recording.ts';

export interface RecordIngestedPorts {
  ledger: Pick<Ledger, 'get' | 'move'>;
  audio: Pick<AudioStore, 'copy' | 'put'>;
  log: Log;
}

/**
 * Writes the result of the fetch and the fitting into the row. The audio is put under the memo's own key first. If
 * another run has written its keys already, the row keeps those.
 * @returns the row as it is now; undefined where the memo was erased meanwhile
 */
export const recordIngested = async (
  ports: RecordIngestedPorts,
  { noTarget }: Pick<RoutedMessage, 'noTarget'>,
  run: Pick<Run, 'id'>,
  row: Memo,
  ingested: Ready | Rejected,
): Promise<Memo | undefined> => {
  const { ledger, log } = ports;
  if (ingested.kind === 'rejected') {
    const { reason, original } = ingested;
    const set = original && { set: { original } };
    const moved = await ledger.move(row.id, { from: 'received', to: 'rejected', note: { reason }, ...set });
    return moved ?? ledger.get(row.id);
  }
  const { pieces, original, fitting } = ingested;
  const kept = await keepPieces(ports, run, row, pieces);
  const [first, ...later] = kept;
  if (!first) throw new Error('the fitting of a recording gave no memo');
  const parts = later.length > 0 ? { part: { number: 1, of: kept.length }, laterParts: later } : {};
  const short = row.target && tooShort(row.target, original, kept);
  const reason = row.target ? short : (noTarget ?? NO_ROUTE);
  const moved = await ledger.move(row.id, {
    from: 'received',
    to: !row.target ? 'unrouted' : short ? 'skipped' : 'stored',
    set: { audio: first, original, fitting, ...parts },
    // The wait for the source is over. A wait for Linq counts anew.
    clear: ['waitingSince', 'pausedAt'],
    ...(reason && { note: { reason } }),
  });
  const { source } = row.recording;
  log.info('fitted', { step: 'store', memo: row.id, source, outcome: 'fitted', reason: fitting.done, ms: fitting.ms });
  return moved ?? ledger.get(row.id);
};

const keepPieces = async (
  { audio }: RecordIngestedPorts,
  run: Pick<Run, 'id'>,
  { id }: Memo,
  pieces: readonly Piece[],
): Promise<Audio[]> => {
  const kept: Audio[] = [];
  for (const [index, piece] of pieces.entries()) {
    const key = `${audioOf(id)}${run.id}/${fileNameOf(partId(id, index + 1), piece.extension)}`;
    const { from } = piece;
    if (typeof from === 'string') await audio.copy(from, key, piece.audio.type);
    else await audio.put(key, from, from.length, piece.audio.type);
    kept.push({ key, ...piece.audio });
  }
  return kept;
};
