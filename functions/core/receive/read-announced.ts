import { type Recording, recordingSchema, tidyFacts } from '../model/recording.ts';
import type { Announced } from '../ports/source.ts';
import { type HookQuery, withQuery } from './hook-query.ts';
import { issuesOf } from './issues.ts';

/** A recording that the queue can carry. `inline`: the audio that its event contains; `media` then has no key yet. */
export interface ReadRecording {
  recording: Recording;
  inline?: Uint8Array;
}

/**
 * Completes each announced recording from the hook URL's query and checks it against the queue's schema. An unreadable
 * recording does not stop the others.
 * @returns `unread`: one reason for each recording that cannot be read
 */
export const readAnnounced = (
  announced: readonly Announced[],
  source: string,
  query: HookQuery,
): { recordings: ReadRecording[]; unread: string[] } => {
  const recordings: ReadRecording[] = [];
  const unread: string[] = [];
  for (const { media: given, ...facts } of announced) {
    const media = given.kind === 'inline' ? { kind: 'inbox' as const, key: 'inbox/' } : given;
    const tidy = tidyFacts({ ...facts, id: facts.id.toWellFormed(), source, media });
    const read = recordingSchema.safeParse(tidyFacts(withQuery(tidy, query)));
    if (read.success)
      recordings.push({ recording: read.data, ...(given.kind === 'inline' && { inline: given.bytes }) });
    else unread.push(issuesOf(read.error));
  }
  return { recordings, unread };
};
