import type { Parties } from '../model/recording.ts';

/**
 * Who called whom, out of a text that the user chose for the call (the name of a room, say): the groups `from`, `to` and `direction`
 * of a pattern, as in `/^call-(?<from>\+\d+)-(?<to>\+\d+)/`.
 */
export const partiesInText = (text: string | null | undefined, pattern: RegExp | undefined): Parties => {
  const { from, to, direction } = pattern?.exec((text ?? '').slice(0, MAX_CHARACTERS))?.groups ?? {};
  return {
    ...(from && { from }),
    ...(to && { to }),
    ...((direction === 'inbound' || direction === 'outbound') && { direction }),
  };
};

/** A pattern of the user's may be slow on a long text. */
const MAX_CHARACTERS = 512;
