import type { Announced, Classification, Source } from '../../functions/core/ports/source.ts';
import { type AcceptEventPorts, acceptEvent } from '../../functions/core/receive/accept-event.ts';
import { memoryAudioStore } from './audio-store.memory.ts';
import { manualClock } from './clock.manual.ts';
import { memoryLog } from './log.memory.ts';
import { memoryRecordingsQueue } from './queues.memory.ts';
import { memorySecrets } from './secrets.memory.ts';
import { sourcesOf } from './source.scripted.ts';

export const announces = (...recordings: Announced[]): Classification => ({ kind: 'recordings', recordings });

/** The step that handles the hooks, over fakes, with one source named `acme`. */
export const acceptStep = (source: Source, routes: AcceptEventPorts['routes'] = []) => {
  const clock = manualClock();
  const queue = memoryRecordingsQueue();
  const log = memoryLog();
  const audio = memoryAudioStore();
  const sources = sourcesOf({ acme: source });
  let inlined = 0;
  const accept = acceptEvent({
    sources,
    routes,
    recordings: queue,
    inbox: audio,
    inboxId: () => `inline-${++inlined}`,
    secrets: memorySecrets({}),
    clock,
    log,
  });
  return { accept, queue, audio, log, clock };
};
