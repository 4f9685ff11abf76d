import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type MemoState } from '../../functions/core/model/memo.ts';
import type { BridgeApi } from './bridge.ts';
import { Failure } from './failure.ts';
import { type Memo, memoSchema } from './memo.ts';

const POLL_MS = 300;

/** Polls until a memo has ended or the time is over. @returns the last row, or undefined where there is none yet */
export const untilSettled = async (
  bridge: BridgeApi,
  id: string,
  seconds: number,
  see: (memo: Memo) => void,
): Promise<Memo | undefined> => {
  let memo: Memo | undefined;
  for (const end = Date.now() + seconds * 1000; ; await sleep(POLL_MS)) {
    memo = (await readMemo(bridge, id)) ?? memo;
    if (memo) see(memo);
    // A state of a later version counts as an end, so that the command does not wait for ever.
    if ((memo && isFinal(memo.state as MemoState)) || Date.now() >= end) return memo;
  }
};

/** `store` makes the row moments after the request: until then the bridge answers 404. */
const readMemo = (bridge: BridgeApi, id: string): Promise<Memo | undefined> =>
  bridge.ask(memoSchema, 'GET', `/memos/${id}`).catch((error) => {
    if (error instanceof Failure && error.code === 'no_such_memo') return undefined;
    throw error;
  });
