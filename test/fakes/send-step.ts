import { randomUUID } from 'node:crypto';
import { type Memo, memoId, type Target } from '../../functions/core/model/memo.ts';
import type { Recording } from '../../functions/core/model/recording.ts';
import { isoTime, timing as realTiming } from '../../functions/core/model/timing.ts';
import { withOutcomeLogging } from '../../functions/core/observe/with-outcome-logging.ts';
import type { Ledger, LinqTrace, Listed, Messenger, StepVerdict } from '../../functions/core/ports/ports.ts';
import { sendMemo } from '../../functions/core/send/send-memo.ts';
import type { Delivery } from '../../functions/core/send/send-ports.ts';
import { memoryAudioStore } from './audio-store.memory.ts';
import { type ManualClock, manualClock } from './clock.manual.ts';
import { crashingAt } from './effects.ts';
import { aRecording, CHAT } from './examples.ts';
import { memoryKeyValueStore } from './key-value-store.memory.ts';
import { memoryLedger } from './ledger.memory.ts';
import { memoryLog } from './log.memory.ts';
import {
  type Answer,
  type ChatsAnswer,
  type OpenAnswer,
  scriptedMessenger,
  type UploadAnswer,
} from './messenger.scripted.ts';

export const AUDIO = Buffer.from('the sound of a call');
export const ID = memoId(aRecording(), { chat: CHAT });
export const KEY = `audio/run-1/${ID}.mp3`;
export const TRACE: LinqTrace = { code: '202', traceId: '0123456789abcdef0123456789abcdef' };
export const DONE: Answer = { kind: 'done', messageId: 'linq-message', attachmentId: 'linq-attachment', ...TRACE };

export interface SendScript {
  answers?: readonly Answer[];
  uploads?: readonly UploadAnswer[];
  /** The lists of the chat, question by question; empty after the end of the script. */
  lists?: readonly Listed[];
  chats?: readonly ChatsAnswer[];
  opens?: readonly OpenAnswer[];
  delivery?: Delivery;
  /** Replaces the scripts, and brings its own clock. */
  linq?: Messenger;
  clock?: ManualClock;
  /** Replaces the ledger in memory. */
  ledger?: Ledger;
  recording?: Recording;
  target?: Target;
}

/** The step over fakes, with one stored memo in its ledger. */
export const sendStep = async ({
  delivery = 'url',
  linq,
  clock = manualClock(),
  ledger = memoryLedger({ clock }),
  recording = aRecording(),
  target = { chat: CHAT },
  ...script
}: SendScript = {}) => {
  const id = memoId(recording, target);
  const key = `audio/run-1/${id}.mp3`;
  const audio = memoryAudioStore();
  const messenger = scriptedMessenger(script);
  const log = memoryLog();
  const keyValues = memoryKeyValueStore({ clock });

  const receivedAt = isoTime(clock.nowMs());
  await ledger.open({ id, state: 'received', recording, target, receivedAt });
  audio.objects.set(key, { bytes: AUDIO, type: 'audio/mpeg' });
  const stored = { key, type: 'audio/mpeg', bytes: AUDIO.length };
  await ledger.move(id, { from: 'received', to: 'stored', set: { audio: stored } });

  /** Delivers the memo's message once, to a new process. */
  const deliver = ({
    generation = 0,
    force = false,
    receives = 1,
    lease = new AbortController().signal,
    effects = crashingAt(0, 'after'),
    through = (ledger: Ledger) => ledger,
  } = {}): Promise<StepVerdict> =>
    sendMemo({
      ledger: withOutcomeLogging(effects.of(through(ledger)), { step: 'send', clock, log }),
      keyValues: effects.of(keyValues),
      audio: effects.of(audio),
      messenger: effects.of(linq ?? messenger),
      delivery,
      clock,
      timing: realTiming(),
      random: () => 1,
      token: randomUUID,
      log,
    })({ v: 1, memo: id, generation, ...(force && { force }) }, receives, lease);

  return {
    id,
    clock,
    ledger,
    keyValues,
    audio,
    messenger,
    log,
    deliver,
    /** Delivers the message each time it is due, until it is done; returns how long that took. */
    async keepDelivering({ generation = 0 } = {}): Promise<number> {
      const beganMs = clock.nowMs();
      for (let receives = 1; receives < 1000; receives += 1) {
        const verdict = await deliver({ receives, generation });
        if (verdict.kind === 'done') return clock.nowMs() - beganMs;
        clock.advance(verdict.delayMs);
      }
      throw new Error('it is never done');
    },
    async memo(): Promise<Memo> {
      const row = await ledger.get(id);
      if (!row) throw new Error('the memo is gone');
      return row;
    },
  };
};
