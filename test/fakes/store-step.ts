import { notesPlaces } from '../../functions/adapters/places.key-value-store.ts';
import { GaveWay } from '../../functions/core/model/errors.ts';
import { groupOf, memoId, type Target } from '../../functions/core/model/memo.ts';
import { isRouted, type RecordingMessage } from '../../functions/core/model/messages.ts';
import type { Route } from '../../functions/core/model/route.ts';
import { timing as realTiming } from '../../functions/core/model/timing.ts';
import { withOutcomeLogging } from '../../functions/core/observe/with-outcome-logging.ts';
import { dropErased } from '../../functions/core/operate/drop-erased.ts';
import type { AudioFile, Fetched, Fitted, FittedPart, StepVerdict } from '../../functions/core/ports/ports.ts';
import type { FurtherRecording, Source } from '../../functions/core/ports/source.ts';
import { lookUpParties } from '../../functions/core/store/look-up-parties.ts';
import { storeRecording } from '../../functions/core/store/store-recording.ts';
import { memoryAudioStore } from './audio-store.memory.ts';
import { manualClock } from './clock.manual.ts';
import { crashingAt, type Effects } from './effects.ts';
import { aMessage, CHAT } from './examples.ts';
import { memoryKeyValueStore } from './key-value-store.memory.ts';
import { memoryLedger } from './ledger.memory.ts';
import { memoryLog } from './log.memory.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from './queues.memory.ts';
import { type Download, scriptedRecordings } from './recordings.scripted.ts';
import { scriptedSource, sourcesOf } from './source.scripted.ts';

export const AUDIO = Buffer.from('the sound of a call');

export type Fitting =
  | { kind: 'as-it-is'; extension: string; type: string; seconds?: number }
  /** `seconds` is the length of the recording; the length of a part is the number of its letters. */
  | { kind: 'made'; parts: readonly string[]; seconds?: number }
  | { kind: 'unfit'; reason: string; mayGrow?: true; seconds?: number };

export interface StoreScript {
  downloads?: readonly Download[];
  /** What the source's API answers about who called whom. */
  answers?: readonly Fetched<unknown>[];
  /** The fitter's result; without one, the recording passes as an MP3. */
  fitted?: Fitting;
  /** The reason for which a recording of no bytes is unfit; without one it is fit. */
  empty?: string;
  /** The call's other recordings at the source. */
  further?: readonly FurtherRecording[];
  /** Whether the source gives the number of bytes before it sends them; it does if this is left out. */
  hasLength?: boolean;
  routes?: readonly Route[];
  storeConcurrency?: number;
  /** The work on the sound turns out to be long. */
  isLong?: boolean;
  source?: Source | undefined;
}

/** The step over fakes: one world, in which a test may run the step repeatedly, and let it die. */
export const storeStep = (script: StoreScript = {}) => {
  const clock = manualClock();
  const ledger = memoryLedger({ clock });
  const audio = memoryAudioStore();
  const queue = memoryMemosQueue({ clock });
  const backOnQueue = memoryRecordingsQueue();
  const log = memoryLog();
  const keyValues = memoryKeyValueStore({ clock });
  const recordings = scriptedRecordings({ downloads: [{ kind: 'fetched', value: AUDIO }], ...script });
  const sources: Record<string, Source> = {
    acme: scriptedSource({ kind: 'ignored', reason: '' }),
    ...(script.source && { acme: script.source }),
  };
  const fitted: Fitting = script.fitted ?? { kind: 'as-it-is', extension: 'mp3', type: 'audio/mpeg' };
  let runs = 0;
  /** The last delivered message: the given message, or the message that the step put back in its place. */
  let inHand: RecordingMessage;

  /** A new process with new random names. */
  const process = (effects: Effects) => {
    const run = ++runs;
    let ids = 0;
    const shared = {
      sources: sourcesOf(sources),
      recordings: effects.of(recordings),
      clock,
      timing: realTiming(),
      random: () => 1,
      log,
    };
    const back = effects.of(backOnQueue);
    const ask = lookUpParties({ ...shared, routes: script.routes ?? [], audio: effects.of(audio), queue: back });
    const ports = {
      audio: effects.of(audio),
      ledger: withOutcomeLogging(effects.of(ledger), { step: 'store', clock, log }),
      keyValues: effects.of(keyValues),
      memos: effects.of(queue),
      log,
    };
    const store = storeRecording({
      ...shared,
      ...ports,
      places: notesPlaces({
        keyValues: ports.keyValues,
        timing: shared.timing,
        storeConcurrency: script.storeConcurrency ?? 3,
        log,
      }),
      queue: back,
      fitter: {
        async fit(file, keep, _lease, onLong) {
          const reason = script.isLong ? await onLong?.() : undefined;
          if (reason !== undefined) throw new GaveWay(reason);
          return playFitter(
            file.bytes === 0 && script.empty ? { kind: 'unfit', reason: script.empty } : fitted,
            file,
            keep,
          );
        },
      },
      runId: () => `run-${run}-${++ids}`,
    });
    return { ask, store, ports };
  };

  /** Delivers the message once, and then what it put back on its queue. */
  const deliver = async (
    message: RecordingMessage,
    receives: number,
    effects: Effects,
    lease: AbortSignal,
  ): Promise<StepVerdict> => {
    const { ask, store, ports } = process(effects);
    const step = dropErased({ ...ports, clock }, (message) =>
      isRouted(message) ? store(message, receives, lease) : ask(message, receives),
    );
    inHand = message;
    let verdict = await step(message, receives, lease);
    for (const again of backOnQueue.messages.splice(0)) verdict = await deliver(again, 1, effects, lease);
    return verdict;
  };

  const run = (
    message: RecordingMessage = aMessage(),
    { receives = 1, effects = crashingAt(0, 'after'), lease = alive() } = {},
  ) => deliver(message, receives, effects, lease);

  return {
    clock,
    ledger,
    keyValues,
    audio,
    queue,
    log,
    recordings,
    sources,
    run,
    /** Delivers the message each time it is due, until it is done; returns how long that took. */
    async keepRunning(message: RecordingMessage = aMessage()): Promise<number> {
      const beganMs = clock.nowMs();
      let next = message;
      for (let receives = 1, tries = 0; tries < 1000; tries += 1) {
        const verdict = await run(next, { receives });
        if (verdict.kind === 'done') return clock.nowMs() - beganMs;
        clock.advance(verdict.delayMs);
        receives = inHand === next ? receives + 1 : 2;
        next = inHand;
      }
      throw new Error('it is never done');
    },
    /** The last delivered message: the given message, or the message that the step put back in its place. */
    inHand: () => inHand,
    memo: (target: Target | undefined = { chat: CHAT }) => ledger.get(memoId(aMessage().recording, target)),
    unrouted: () => ledger.get(memoId(aMessage().recording, undefined)),
  };
};

/** A stand-in for the fitter: it reads the file, and returns the scripted parts. */
const playFitter = async <Kept>(
  fitting: Fitting,
  file: AudioFile,
  keep: (part: FittedPart) => Promise<Kept>,
): Promise<Fitted<Kept>> => {
  await file.read(0, file.bytes);
  const { seconds } = fitting;
  const original = { type: 'audio/x-of-the-script', bytes: file.bytes, ...(seconds !== undefined && { seconds }) };
  if (fitting.kind === 'unfit') return { ...fitting, original };
  if (fitting.kind === 'as-it-is') {
    const { kind, extension, type } = fitting;
    return { kind, extension, original: { ...original, type }, fitting: { done: 'passed', ms: 7 } };
  }
  const parts: Kept[] = [];
  for (const words of fitting.parts) {
    const bytes = new TextEncoder().encode(words);
    const facts = { type: 'audio/mpeg', bytes: bytes.length, seconds: words.length };
    parts.push(await keep({ bytes, extension: 'mp3', facts, waveform: [1, 2, 3] }));
  }
  return {
    kind: 'made',
    parts,
    original,
    fitting: { done: 'converted', reason: 'for the test', engine: 'built-in', ms: 7 },
  };
};

export const alive = (): AbortSignal => new AbortController().signal;

export const queuedFor = (chat: string, generation = 0) => {
  const memo = memoId(aMessage().recording, { chat });
  return { message: { v: 1, memo, generation }, group: groupOf({ chat }) };
};
