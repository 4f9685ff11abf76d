import { type AcceptEventPorts, acceptEvent } from '../../functions/core/accept-event.ts';
import type { Recording } from '../../functions/core/recording.ts';
import type { Classification, Source } from '../../functions/core/source.ts';
import { manualClock } from './clock.manual.ts';
import { memoryLog } from './log.memory.ts';
import { memoryRecordingsQueue } from './queues.memory.ts';
import { memorySecrets } from './secrets.memory.ts';
import { sourcesOf } from './source.scripted.ts';

export const announces = (...recordings: Recording[]): Classification => ({ kind: 'recordings', recordings });

/** The step behind the hooks, over fakes, with one source named `acme`. */
export const acceptStep = (source: Source, routes: AcceptEventPorts['routes'] = []) => {
  const clock = manualClock();
  const queue = memoryRecordingsQueue();
  const log = memoryLog();
  const sources = sourcesOf({ acme: source });
  const accept = acceptEvent({ sources, routes, recordings: queue, secrets: memorySecrets({}), clock, log });
  return { accept, queue, log, clock };
};
