import { firstPartId, type Memo } from '../../functions/core/model/memo.ts';
import { CALLERS, type Call } from './directory.ts';
import type { Ended } from './world.ts';

type Cause = (world: Ended, row: Memo, call: Call) => boolean;
/**
 * A row that gives up needs at least this many tries: posts in two hours, downloads in ten minutes. With fewer, the row
 * waited while nobody tried.
 */
const FEWEST = { posts: 5, downloads: 3 };
const answersTo = ({ facts }: Ended, { id }: Memo) =>
  facts.posts.filter(({ memo }) => memo === id).map(({ answer }) => answer);
const downloadsOf = ({ facts }: Ended, { recording }: Call) =>
  facts.downloads.get(recording.id)?.map(({ answer }) => answer) ?? [];
const tried =
  (answer: string): Cause =>
  (world, row) =>
    answersTo(world, row).filter((each) => each === answer).length >= FEWEST.posts;

/** The reasons that a row may give, and the condition under which each reason is true. */
export const CAUSES: readonly (readonly [RegExp, Cause])[] = [
  [/^gone: the source answered 410/, (world, _row, call) => downloadsOf(world, call).includes('gone')],
  [
    /^gone: the source answered 404/,
    (world, _row, call) => downloadsOf(world, call).filter((each) => each === 'not yet').length >= FEWEST.downloads,
  ],
  [
    /^given up: the source answered 503/,
    (world, _row, call) => downloadsOf(world, call).filter((each) => each === 'trouble').length >= FEWEST.downloads,
  ],
  [
    /^given up: its message went to the dead-letter queue/,
    ({ facts }, { id }) =>
      [...facts.deadLetters.memos, ...facts.deadLetters.recordings].some(
        (dead) => firstPartId(dead) === firstPartId(id),
      ),
  ],
  [/no route|does not say who/, (_world, _row, { targets }) => targets.length === 0],
  [/opted out/, (world, row) => answersTo(world, row).includes('opted out')],
  [
    /suppression list/,
    ({ facts, plan }) =>
      facts.stops.length > 0 || plan.commands.some(({ name }) => name === 'stop word' || name === 'stop by hand'),
  ],
  [/^another memo carries/, (_world, _row, { plan }) => plan.to === 'chat A twice'],
  [/^Linq calls the request wrong/, (world, row) => answersTo(world, row).includes('refused')],
  [/^Linq asks us to slow down/, tried('slow down')],
  [/^no line can send/, tried('line trouble')],
  [
    /^Linq could not fetch/,
    (world, row) => answersTo(world, row).filter((each) => each === 'cannot fetch').length >= 2,
  ],
  [
    /expired/,
    ({ facts }, _row, { recording }) =>
      facts.erasures.some(({ what }) => !('phone' in what) || CALLERS.some((phone) => phone === recording.from)),
  ],
  [/^routed: /, () => true],
];
