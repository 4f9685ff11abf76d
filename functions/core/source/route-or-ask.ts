import type { Recording } from '../model/recording.ts';
import { type Route, type Routing, routeRecording } from '../model/route.ts';
import type { Source } from '../ports/source.ts';

/**
 * The targets of a recording, or that its source must be asked first: because a route depends on who called whom, or because the answer
 * may name the chat.
 */
export const routeOrAsk = (
  recording: Recording,
  routes: readonly Route[],
  source: Pick<Source, 'lookUpParties'> | undefined,
): Routing => {
  const question = source?.lookUpParties?.(recording);
  if (question?.mayNameChat && recording.chat === undefined) return { kind: 'ask' };
  return routeRecording(recording, routes, question !== undefined);
};
