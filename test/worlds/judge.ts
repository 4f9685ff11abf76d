import type { Plan } from './plan.ts';
import { PROMISES, postedTwiceBecauseLinqListedItAfterTheLastQuestion } from './promise.ts';
import { type Ended, play } from './world.ts';

export interface Judgement {
  world: Ended;
  /** The broken promises, each with its name. */
  broken: Broken[];
  /** How often the documented limit occurred. These cases break no promise. */
  listedTooLate: number;
}
interface Broken {
  promise: string;
  what: string;
}

/** Plays a plan and checks every promise at the end of the world. */
export const judge = async (plan: Plan): Promise<Judgement> => {
  const world = await play(plan);
  const broken = Object.entries(PROMISES).flatMap(([promise, holds]) =>
    holds(world).map((what) => ({ promise, what })),
  );
  return { world, broken, listedTooLate: postedTwiceBecauseLinqListedItAfterTheLastQuestion(world) };
};

/** Tells the history of a broken world for a person to read. */
export const storyOf = ({ world, broken }: Judgement): string =>
  [
    ...broken.map(({ promise, what }) => `✗ ${inWords(promise)}: ${what}`),
    '',
    ...world.history.lines(),
    '',
    ...world.rows.map((row) => `${world.directory.nameOf(row.id)}: ${row.state}${row.reason ? `, ${row.reason}` : ''}`),
  ].join('\n');

/** `nothingIsSentAfterAnErasure` → `nothing is sent after an erasure`. */
export const inWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
