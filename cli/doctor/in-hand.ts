import * as z from 'zod';
import { MINUTE_MS } from '../../functions/core/model/timing.ts';
import type { BridgeApi } from '../base/bridge.ts';
import { type Check, stageOption } from './check.ts';

const IN_HAND = ['received', 'stored', 'sending', 'unknown'] as const;
const PAGE = 100;
/** `tend` queues a lost message again a quarter of an hour after its time, and looks every five minutes. */
const LATE_MS = 30 * MINUTE_MS;

const pageSchema = z.object({ memos: z.array(z.object({ created_at: z.string(), due_at: z.string().optional() })) });

/** How many memos are on their way, since when, and whether any of them is overdue. */
export const checkInHand = async (api: BridgeApi, stage: string | undefined): Promise<Check[]> => {
  const nowMs = Date.now();
  const pages = await Promise.all(
    IN_HAND.map(async (state) => {
      const query = { state, limit: String(PAGE) };
      return { state, memos: (await api.ask(pageSchema, 'GET', '/memos', { query })).memos };
    }),
  );
  const all = pages.flatMap(({ memos }) => memos);
  if (all.length === 0) return [];
  const more = pages.some(({ memos }) => memos.length === PAGE);
  const oldestMs = Math.min(...all.map(({ created_at }) => Date.parse(created_at)));
  const says = `${all.length}${more ? ' or more' : ''} on their way, the oldest ${more ? 'seen ' : ''}for ${span(nowMs - oldestMs)}`;
  const late = pages.flatMap(({ state, memos }): Check[] => {
    const overdue = memos.filter(({ due_at }) => due_at !== undefined && nowMs - Date.parse(due_at) > LATE_MS);
    if (overdue.length === 0) return [];
    return [
      {
        area: 'bridge',
        what: 'memos',
        state: 'warning',
        says: `${overdue.length} ${state}, overdue by more than ${span(LATE_MS)}`,
        fix: `npx aftercall memos --state ${state}${stageOption(stage)}; read the log of ${state === 'received' ? 'store' : 'send'}`,
      },
    ];
  });
  return [{ area: 'bridge', what: 'memos', state: 'note', says }, ...late];
};

const span = (ms: number): string => {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return minutes === 1 ? 'one minute' : `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
};
