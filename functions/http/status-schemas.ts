import * as z from 'zod';
import { STATES } from '../core/model/memo.ts';

// The part of the API's answers that says why memos wait, and how the bridge is set up.

/** `CAUSES` of functions/core/observe/causes/. */
export const cause = z.strictObject({
  id: z.string().describe('stable, such as linq_key_refused'),
  what: z.string(),
  why: z.string(),
  fix: z.string().describe('what to do; commands stand between backticks'),
  needs: z.enum(['person', 'nobody']),
});

const connection = z.strictObject({
  name: z.string(),
  kind: z.string(),
  on: z.boolean(),
  missing: z.array(z.string()).describe('absent secrets that the bridge checks webhooks with'),
  missing_to_fetch: z.array(z.string()).describe('absent secrets that the bridge fetches recordings with'),
  faults: z.array(z.string()).describe('why values are not used'),
  secrets: z.array(z.string()).describe('the names of all secrets that the source can use'),
});

export const status = z.strictObject({
  causes: z
    .array(
      z.strictObject({
        ...cause.shape,
        count: z.int(),
        ended: z.int().describe('how many of these memos only a person can move'),
        since: z.iso.datetime(),
        until: z.iso.datetime().describe('the next try of any of them').exactOptional(),
        states: z.array(z.enum(STATES)),
      }),
    )
    .describe(
      'memos that wait or failed, by cause: the causes that need a person come first. Absent where the table does not answer',
    )
    .exactOptional(),
  more: z
    .array(z.enum(STATES))
    .describe('states with more memos than were read: their counts are lower bounds')
    .exactOptional(),
  sources: z
    .array(connection)
    .describe('only from a local bridge: a deployed api may not read the secrets')
    .exactOptional(),
  memos_go_to: z.enum(['sandbox', 'linq']).describe('only from a local bridge').exactOptional(),
});
