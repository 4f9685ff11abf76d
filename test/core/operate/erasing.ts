import { memoId } from '../../../functions/core/model/memo.ts';
import { eraseMemos } from '../../../functions/core/operate/erase-memos.ts';
import { aRecording, CHAT, OTHER_CHAT } from '../../fakes/examples.ts';
import type { storeStep } from '../../fakes/store-step.ts';

export type Store = ReturnType<typeof storeStep>;
export const PHONE = '+12025550101';
export const ID = memoId(aRecording(), { chat: CHAT });
export const BOTH = [{ chat: CHAT }, { chat: OTHER_CHAT }];

export const eraseIn = ({ ledger, keyValues, audio, queue, log }: Store) =>
  eraseMemos({ ledger, keyValues, audio, memos: queue, log });
