import type { Memo } from '../model/memo.ts';
import type { Ledger, OnSlow, Place, PlaceKind, Places } from '../ports/ports.ts';

export interface SlowWorkPorts {
  ledger: Pick<Ledger, 'move'>;
  places: Places;
}

/**
 * A slow download, and long work on sound, each need one of a few places. The row says what takes long. Where no place
 * is free, the recording gives way to others and is tried again.
 *
 * @param run the id of the run that holds the places
 */
export const slowWork = (
  { ledger, places }: SlowWorkPorts,
  row: Pick<Memo, 'id' | 'generation' | 'reason'>,
  run: string,
) => {
  const held = new Map<PlaceKind, Place>();

  const takeFor = (kind: PlaceKind): OnSlow => {
    const { isSlow, givesWay } = WORDS[kind];
    return async () => {
      const place = held.get(kind) ?? (await places.take(kind, run));
      if (!place) return givesWay;
      held.set(kind, place);
      // The reason of the last failure says more.
      if (row.reason !== undefined && !row.reason.startsWith(givesWay)) return undefined;
      const note = { reason: isSlow };
      await ledger.move(row.id, { from: 'received', to: 'received', where: { generation: row.generation }, note });
      return undefined;
    };
  };
  const leave = async (kind: PlaceKind): Promise<void> => {
    const place = held.get(kind);
    held.delete(kind);
    await place?.leave();
  };

  return {
    onSlowDownload: takeFor('slow'),
    onLongWork: takeFor('long'),
    /** Frees the download's place before the work on the sound begins. */
    endDownload: () => leave('slow'),
    end: async () => {
      for (const kind of [...held.keys()]) await leave(kind);
    },
  };
};

const WORDS: Readonly<Record<PlaceKind, { isSlow: string; givesWay: string }>> = {
  slow: {
    isSlow: 'the source is slow: the recording is still being fetched',
    givesWay: 'the source is slow, and no place for slow downloads is free: the recording is tried again soon',
  },
  long: {
    isSlow: 'the recording takes long to convert: the work goes on',
    givesWay: 'the recording takes long to convert, and no place for long work is free: it is tried again soon',
  },
};
