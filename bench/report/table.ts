import type { Figure, Values } from './figure.ts';

/** What a figure should be: of itself, or as a ratio to its floor. */
export interface Goal {
  of: 'value' | 'ratio';
  at: 'most' | 'least';
  bound: number;
}

export interface TableRow {
  id: string;
  what: string;
  unit: string;
  goal?: Goal;
  /** Why the goal is not reached, from a profile. */
  heldBy?: string;
}

const most = (bound: number, of: Goal['of'] = 'value'): Goal => ({ of, at: 'most', bound });
const least = (bound: number, of: Goal['of'] = 'value'): Goal => ({ of, at: 'least', bound });

/** Every figure of `npm run bench`, in the order of the table. */
export const TABLE: readonly TableRow[] = [
  {
    id: 'ackRate',
    what: 'webhooks acknowledged a second (verify, route, SQS), 16 at once',
    unit: '/s',
    goal: least(0.8, 'ratio'),
  },
  { id: 'ackP99', what: 'p99 of these acknowledgements', unit: 'ms', goal: most(1.3, 'ratio') },
  { id: 'memoSmall', what: 'one memo of 0.1 MB, webhook to Linq', unit: 'ms', goal: most(2, 'ratio') },
  { id: 'memoMedium', what: 'one memo of 1 MB', unit: 'ms', goal: most(1.25, 'ratio') },
  { id: 'memoLarge', what: 'one memo of 9.8 MB', unit: 'ms', goal: most(1.25, 'ratio') },
  { id: 'burstSmall', what: '240 memos of 0.1 MB, 16 webhooks at once', unit: '/s', goal: least(0.35, 'ratio') },
  { id: 'burstLarge', what: 'forty memos of 9.8 MB, 16 webhooks at once', unit: '/s' },
  {
    id: 'stormP99',
    what: '1,000 webhooks in two seconds to `npm start`, for 100 chats: acknowledged, p99',
    unit: 'ms',
    goal: most(250),
  },
  { id: 'stormSent', what: 'the same: all sent after', unit: 's', goal: most(15) },
  { id: 'stormProcessor', what: 'the same: processor time a memo, bridge and embedded cloud', unit: 'ms' },
  { id: 'processorPerMemo', what: 'processor time a memo in the functions', unit: 'ms', goal: most(12) },
  { id: 'requestsPerMemo', what: 'AWS requests a memo, webhook to `sent`', unit: '', goal: most(14) },
  { id: 'writeUnitsPerMemo', what: 'DynamoDB write units a memo, its whole life', unit: '', goal: most(30) },
  { id: 'importReceive', what: 'import of built `receive`', unit: 'ms', goal: most(1.2, 'ratio') },
  { id: 'importReceiveProcessor', what: 'the same, in processor time', unit: 'ms', goal: most(1.2, 'ratio') },
  { id: 'evaluatedKilobytes', what: 'bytes that `receive` evaluates before an answer', unit: 'kB', goal: most(450) },
  ...['store', 'send', 'api', 'tend'].map((name) => ({
    id: `cold-${name}`,
    what: `import of built \`${name}\``,
    unit: 'ms',
  })),
  { id: 'passSmall', what: 'peak memory, five recordings of 0.1 MB passed on', unit: 'MB' },
  { id: 'passLarge', what: 'peak memory, five recordings of 9.9 MB passed on', unit: 'MB' },
  { id: 'passSpread', what: 'between these two', unit: 'MB', goal: most(40) },
  { id: 'spoolSmall', what: 'peak memory, a recording of 11 MB on its way to S3', unit: 'MB' },
  { id: 'spoolLarge', what: 'peak memory, a recording of 500 MB on its way to S3', unit: 'MB' },
  { id: 'convertShort', what: 'memory over idle, ten minutes of stereo WAV to MP3', unit: 'MB', goal: most(350) },
  { id: 'convertLong', what: 'memory over idle, two hours of stereo WAV to MP3', unit: 'MB', goal: most(350) },
  { id: 'codecPcm', what: 'PCM of 8 kHz mono to MP3, one core', unit: '× real time' },
  { id: 'codecPcmStereo', what: 'PCM of 8 kHz stereo to MP3, one core', unit: '× real time' },
  { id: 'codecMulaw', what: 'µ-law of 8 kHz mono to MP3, one core', unit: '× real time' },
  { id: 'codecMp3', what: 'MP3 of 16 kHz mono, decoded once to check it, one core', unit: '× real time' },
  { id: 'pageFew', what: 'the page with ten memos', unit: 'ms' },
  { id: 'pageMany', what: 'the page with many memos', unit: 'ms' },
  { id: 'pageFirstMany', what: 'the first page of a new process, with many memos', unit: 'ms' },
  { id: 'sweepFew', what: 'a sweep that finds nothing to do, with ten memos', unit: 'ms' },
  { id: 'sweepMany', what: 'the same with many memos', unit: 'ms' },
];

/** The median of ours, divided by the floor's. */
export const ratioOf = ({ ours, floor }: Figure): number | undefined => floor && ours.median / floor.median;

export const isReached = ({ goal }: TableRow, figure: Figure): boolean | undefined => {
  if (!goal) return undefined;
  const value = goal.of === 'ratio' ? ratioOf(figure) : figure.ours.median;
  if (value === undefined) return undefined;
  return goal.at === 'most' ? value <= goal.bound : value >= goal.bound;
};

export const goalText = ({ goal, unit }: TableRow): string => {
  if (!goal) return '';
  const sign = goal.at === 'most' ? '≤' : '≥';
  return goal.of === 'ratio' ? `${sign} ${goal.bound} × the floor` : `${sign} ${goal.bound} ${unit}`.trim();
};

export const numberText = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(value < 10 ? 2 : 3).replace(/\.0+$/, '');

/** The median, with the least and the most where they differ. */
export const valuesText = ({ median, min, max }: Values, unit: string): string => {
  const spread = numberText(min) === numberText(max) ? '' : ` (${numberText(min)} to ${numberText(max)})`;
  return `${numberText(median)}${unit && ` ${unit}`}${spread}`;
};
