import * as z from 'zod';
import type { Connection } from '../../functions/core/source/connections.ts';
import { bridgeApi } from '../base/bridge.ts';
import type { Target } from '../base/target.ts';

const statusSchema = z.object({
  causes: z
    .array(
      z.object({
        what: z.string(),
        why: z.string(),
        fix: z.string(),
        needs: z.enum(['person', 'nobody']),
        count: z.number(),
        ended: z.number(),
        since: z.string(),
        until: z.string().optional(),
        states: z.array(z.string()),
      }),
    )
    .default([]),
  more: z.array(z.string()).default([]),
  sources: z
    .array(
      z
        .object({
          name: z.string(),
          kind: z.string(),
          on: z.boolean(),
          missing: z.array(z.string()),
          missing_to_fetch: z.array(z.string()),
          faults: z.array(z.string()),
          secrets: z.array(z.string()),
        })
        .transform(({ missing_to_fetch: missingToFetch, ...rest }): Connection => ({ ...rest, missingToFetch })),
    )
    .optional(),
  memos_go_to: z.enum(['sandbox', 'linq']).optional(),
});

/** What the running bridge says of itself. */
export type RunningBridge = z.infer<typeof statusSchema>;

/** Undefined where the bridge is away, refuses the key, or is of an earlier version: other checks report that. */
export const askRunning = (target: Target): Promise<RunningBridge | undefined> =>
  bridgeApi(target)
    .ask(statusSchema, 'GET', '/status')
    .catch(() => undefined);
