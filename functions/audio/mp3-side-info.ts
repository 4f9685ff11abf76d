/** Bits of a channel's granule, and of the fields before it (ISO 11172-3, 2.4.1.7; ISO 13818-3, 2.4.1.7). */
const LAYOUTS = {
  mpeg1: {
    mainDataBegin: 9,
    before: { 1: 9 + 5 + 4, 2: 9 + 3 + 8 },
    granules: 2,
    bits: 59,
    scalefactors: 4,
    bytes: { 1: 17, 2: 32 },
  },
  mpeg2: {
    mainDataBegin: 8,
    before: { 1: 8 + 1, 2: 8 + 2 },
    granules: 1,
    bits: 63,
    scalefactors: 9,
    bytes: { 1: 9, 2: 17 },
  },
} as const;
/** Half of the 576 lines of a granule: they come in pairs. */
const MAX_PAIRS = 288;

/**
 * Whether the side information of a layer III frame can be true. A decoder that gets other bytes in place of a
 * frame reports no error, and plays silence or noise.
 */
export const isSideInfoPossible = (frame: Uint8Array): boolean => {
  const [, b1 = 0, , b3 = 0] = frame;
  const layout = ((b1 >> 3) & 3) === 3 ? LAYOUTS.mpeg1 : LAYOUTS.mpeg2;
  const channels = b3 >> 6 === 3 ? 1 : 2;
  const start = 4 + (b1 & 1 ? 0 : 2); // a checksum of two bytes
  const bitsAt = (at: number, count: number): number => {
    let value = 0;
    for (let bit = at; bit < at + count; bit += 1)
      value = value * 2 + (((frame[start + (bit >> 3)] ?? 0) >> (7 - (bit & 7))) & 1);
    return value;
  };
  let used = 0;
  for (let granule = 0; granule < layout.granules * channels; granule += 1) {
    const at = layout.before[channels] + granule * layout.bits;
    const [partBits, pairs] = [bitsAt(at, 12), bitsAt(at + 12, 9)];
    const window = at + 12 + 9 + 8 + layout.scalefactors;
    const isSwitched = bitsAt(window, 1) === 1;
    if (pairs > MAX_PAIRS || (isSwitched && bitsAt(window + 1, 2) === 0)) return false;
    used += partBits;
  }
  // The frame's data begins `main_data_begin` bytes back, in earlier frames, and must end in this frame.
  const room = bitsAt(0, layout.mainDataBegin) + frame.length - start - layout.bytes[channels];
  return used <= room * 8;
};
