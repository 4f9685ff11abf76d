import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type MemoState } from '../../functions/core/model/memo.ts';
import type { BridgeApi } from './bridge.ts';
import { Failure } from './failure.ts';
import { type Memo, memoSchema } from './memo.ts';

const LOOK_EVERY_MS = 300;

/** Looks until a memo is settled or the time is up; its last row, or undefined while there is none yet. */
export const untilSettled = async (
  bridge: BridgeApi,
  id: string,
  seconds: number,
  see: (memo: Memo) => void,
): Promise<Memo | undefined> => {
  let memo: Memo | undefined;
  for (const end = Date.now() + seconds * 1000; ; await sleep(LOOK_EVERY_MS)) {
    memo = (await look(bridge, id)) ?? memo;
    if (memo) see(memo);
    // The row's states are the ledger's own; an unknown one counts as settled rather than being waited for.
    if ((memo && isFinal(memo.state as MemoState)) || Date.now() >= end) return memo;
  }
};

/** `store` makes the row, moments after the request. */
const look = (bridge: BridgeApi, id: string): Promise<Memo | undefined> =>
  bridge.ask(memoSchema, 'GET', `/memos/${id}`).catch((error) => {
    if (error instanceof Failure && error.code === 'no_such_memo') return undefined;
    throw error;
  });
