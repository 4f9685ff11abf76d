import { Hono } from 'hono';
import { notesPlaces } from '../../functions/adapters/places.key-value-store.ts';
import { sqsMemosQueue, sqsRecordingsQueue } from '../../functions/adapters/queues.sqs.ts';
import {
  isRouted,
  type LinqErasure,
  type MemoMessage,
  type RecordingMessage,
} from '../../functions/core/model/messages.ts';
import { retentionMs } from '../../functions/core/model/retention.ts';
import type { Timing } from '../../functions/core/model/timing.ts';
import { withOutcomeLogging } from '../../functions/core/observe/with-outcome-logging.ts';
import { eraseAtLinq } from '../../functions/core/operate/delete-at-linq.ts';
import { dropErased, rememberErasure } from '../../functions/core/operate/drop-erased.ts';
import { eraseMemos } from '../../functions/core/operate/erase-memos.ts';
import { replayMemos } from '../../functions/core/operate/replay-memos.ts';
import { applyLinqEvent } from '../../functions/core/policy/apply-linq-event.ts';
import type { KeyValueStore, Ledger, Log, StepVerdict } from '../../functions/core/ports/ports.ts';
import { acceptEvent } from '../../functions/core/receive/accept-event.ts';
import { applyReceipt } from '../../functions/core/send/apply-receipt.ts';
import { sendMemo } from '../../functions/core/send/send-memo.ts';
import { lookUpParties } from '../../functions/core/store/look-up-parties.ts';
import { storeRecording } from '../../functions/core/store/store-recording.ts';
import { handleDeadLetter } from '../../functions/core/tend/handle-dead-letter.ts';
import { sweepOverdue } from '../../functions/core/tend/sweep-overdue.ts';
import { eraseRoutes } from '../../functions/http/erase.ts';
import { answerError } from '../../functions/http/errors.ts';
import { receiptRoutes } from '../../functions/http/receipts.ts';
import { replayRoutes } from '../../functions/http/replay.ts';
import { suppressionRoutes } from '../../functions/http/suppressions.ts';
import type { MemoryAudioStore } from '../fakes/audio-store.memory.ts';
import { memorySecrets } from '../fakes/secrets.memory.ts';
import { sourcesOf } from '../fakes/source.scripted.ts';
import { type Directory, SOURCE } from './directory.ts';
import type { Linq } from './linq.ts';
import { fitterOf, type mediaHost, worldSource } from './media.ts';
import type { Plan } from './plan.ts';
import type { Process } from './process.ts';
import type { Queue } from './queue.ts';
import type { Simulator } from './simulator.ts';

export interface BridgeOptions {
  plan: Plan;
  sim: Simulator;
  directory: Directory;
  timing: Timing;
  log: Log;
  ledger: Ledger;
  keyValues: KeyValueStore;
  audio: MemoryAudioStore;
  queues: { recordings: Queue; memos: Queue };
  linq: Linq;
  media: ReturnType<typeof mediaHost>;
}

export const LINQ_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const QUEUE = { url: 'https://sqs.example/queue' };

/** Builds the functions for one process as the entries in `functions/` build them. */
export const bridgeOf = (options: BridgeOptions) => {
  const { plan, sim: clock, directory, timing, log, queues, linq, media } = options;
  const sources = sourcesOf({ [SOURCE]: worldSource() });
  const { routes } = directory;
  const random = () => 1;
  let ids = 0;
  const id = (what: string) => () => `${what}-${++ids}`;

  /** The ports of one process. Each call of a port is an effect. */
  const portsOf = (process: Process) => ({
    ledger: withOutcomeLogging(process.of(options.ledger, 'ledger'), { step: process.step, clock, log }),
    keyValues: process.of(options.keyValues, 'keyValues'),
    audio: process.of(options.audio, 'audio'),
    recordings: process.of(sqsRecordingsQueue(queues.recordings.client, QUEUE), 'recordings'),
    memos: process.of(sqsMemosQueue(queues.memos.client, QUEUE), 'memos'),
  });

  return {
    receive(process: Process) {
      const { audio, recordings } = portsOf(process);
      const secrets = memorySecrets({});
      return acceptEvent({ sources, routes, recordings, inbox: audio, inboxId: id('inline'), secrets, clock, log });
    },

    store(process: Process) {
      const { recordings: queue, ...ports } = portsOf(process);
      const recordings = process.of(media.for(process), 'media');
      const shared = { ...ports, queue, sources, recordings, clock, timing, random, log };
      const ask = lookUpParties({ ...shared, routes });
      const places = notesPlaces({ ...shared, storeConcurrency: 3 });
      const store = storeRecording({ ...shared, fitter: fitterOf(directory), places, runId: id('run') });
      return dropErased({ ...ports, clock, log }, (message: RecordingMessage, receives, lease) =>
        isRouted(message) ? store(message, receives, lease) : ask(message, receives),
      );
    },

    send(process: Process) {
      const messenger = process.of(linq.for(process), 'linq');
      const erase = eraseAtLinq({ messenger, clock, timing, random, log });
      const { delivery } = plan;
      const send = sendMemo({
        ...portsOf(process),
        messenger,
        delivery,
        clock,
        timing,
        random,
        token: id('token'),
        log,
      });
      return (message: MemoMessage | LinqErasure, receives: number, lease: AbortSignal): Promise<StepVerdict> =>
        'erase' in message ? erase(message, receives) : send(message, receives, lease);
    },

    bury: (process: Process) => handleDeadLetter({ ...portsOf(process), log }),

    sweep(process: Process) {
      const { untilListed } = process.of({ untilListed: () => clock.sleep(timing.indexLagMs) }, 'clock');
      return sweepOverdue({ ...portsOf(process), clock, timing, detailsMs: retentionMs(30), untilListed, log });
    },

    api(process: Process): Hono {
      const ports = portsOf(process);
      const { ledger, keyValues, recordings, memos, audio } = ports;
      const depths = async () => ({ recordings: queues.recordings.messages.length, memos: 0, deadLetters: 0 });
      const app = new Hono();
      app.onError(answerError(log, 'api'));
      app.route(
        '/',
        receiptRoutes({
          applyReceipt: applyReceipt({ ledger, log }),
          applyLinqEvent: applyLinqEvent({ keyValues, clock, log }),
          secrets: memorySecrets({ LINQ_WEBHOOK_SECRET: [LINQ_SECRET] }),
          linqWebhookSecret: { name: 'LINQ_WEBHOOK_SECRET' },
          clock,
          timing,
          log,
        }),
      );
      app.route('/', replayRoutes({ ledger, replay: replayMemos({ ...ports, sources, routes, clock }) }));
      app.route(
        '/',
        eraseRoutes({
          ledger,
          erase: eraseMemos({ ledger, keyValues, audio, memos, log }),
          rememberErasure: (erasable) => rememberErasure({ keyValues, clock }, erasable),
          untilListed: process.of({ untilListed: () => clock.sleep(timing.indexLagMs) }, 'clock').untilListed,
          queues: { depths },
          clock,
        }),
      );
      app.route('/', suppressionRoutes({ keyValues, ledger, clock }));
      void recordings;
      return app;
    },
  };
};
