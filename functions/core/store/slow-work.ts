import type { Memo } from '../model/memo.ts';
import type { Ledger, OnSlow, Place, PlaceKind, Places } from '../ports/ports.ts';

export interface SlowWorkPorts {
  ledger: Pick<Ledger, 'move'>;
  places: Places;
}

/**
 * What becomes of a recording that turns out to take long: a slow download, or long work on its sound. Each needs one of few
 * places, and the row says what goes on. Where no place is free the recording gives way and is tried again.
 *
 * @param run holds the places
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
      // Why the last try failed says more.
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
    /** The download is over: its place is free for others while its sound is worked on. */
    endDownload: () => leave('slow'),
    end: async () => {
      for (const kind of [...held.keys()]) await leave(kind);
    },
  };
};

const WORDS: Readonly<Record<PlaceKind, { isSlow: string; givesWay: string }>> = {
  slow: {
    isSlow: 'the source is slow: the recording is still being fetched',
    givesWay:
      'the source is slow, and as many slow recordings as may be are being fetched: this one waits for its turn',
  },
  long: {
    isSlow: 'its sound takes long to be made fit: that is still being done',
    givesWay:
      'its sound takes long to be made fit, and as many long recordings as may be are being made fit: this one waits for its turn',
  },
};
