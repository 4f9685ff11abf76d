import * as z from 'zod';
import { MEMO_ID } from '../../functions/core/model/memo.ts';
import { Misuse } from './failure.ts';
import type { Output } from './output.ts';

/** The fields that the command reads. `--json` passes on all others. */
export const memoSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  source: z.string(),
  cause: z
    .looseObject({ id: z.string(), what: z.string(), why: z.string(), fix: z.string(), needs: z.string() })
    .optional(),
  reason: z.string().optional(),
  recording: z.looseObject({
    id: z.string(),
    call_id: z.string().optional(),
    from: z.string().optional(),
    to: z.string().optional(),
    direction: z.string().optional(),
  }),
  target: z
    .looseObject({ chat: z.string().optional(), line: z.string().optional(), handle: z.string().optional() })
    .optional(),
  chat: z.string().optional(),
  audio: z
    .looseObject({ type: z.string().optional(), seconds: z.number().optional(), bytes: z.number().optional() })
    .optional(),
  part: z.looseObject({ number: z.number(), of: z.number() }).optional(),
  attempts: z.number().default(0),
  due_at: z.string().optional(),
  created_at: z.string().optional(),
  history: z
    .array(
      z.looseObject({
        at: z.string(),
        state: z.string(),
        attempt: z.number().optional(),
        reason: z.string().optional(),
        code: z.string().optional(),
        trace_id: z.string().optional(),
      }),
    )
    .default([]),
  history_omitted: z.number().optional(),
});
export type Memo = z.infer<typeof memoSchema>;

/** Sent; in hand; waiting for a person. */
const COLOURS = {
  green: ['sent', 'delivered', 'read'],
  yellow: ['received', 'stored', 'sending', 'unknown'],
  red: ['parked', 'unrouted', 'rejected', 'failed'],
} as const;

export const painted = (output: Output, state: string): string => {
  const colour = (['green', 'yellow', 'red'] as const).find((each) =>
    (COLOURS[each] as readonly string[]).includes(state),
  );
  return output.paint(colour ?? 'dim', state);
};

export const isSent = (state: string): boolean => (COLOURS.green as readonly string[]).includes(state);

/** A memo's recipient. */
export const goesTo = (output: Output, { target, chat }: Pick<Memo, 'target' | 'chat'>): string => {
  const id = target?.chat ?? chat;
  if (id) return `chat ${id}`;
  return target?.handle ? `${output.party(target.handle)} by line ${output.party(target.line ?? '')}` : 'no target yet';
};

export const memoIdArgument = (id: string): string => {
  if (MEMO_ID.test(id)) return id;
  throw new Misuse(`'${id}' is no memo id: m_ and 26 letters and digits. 'npx aftercall memos' lists the ids`);
};

/** `2026-11-23 15:04:05`, in UTC as the rows are. */
export const shortTime = (iso: string): string => iso.replace('T', ' ').replace(/\.\d+Z$|Z$/, '');
