import type { Target } from './memo.ts';
import { canonicalNumber, type Parties, type Recording } from './recording.ts';

/** A rule from recording to targets. The first route that matches decides; an empty `when` matches every recording. */
export interface Route {
  when: Parties & { source?: string };
  send: Target | readonly Target[];
}

/** `ask`: only the source can say who called whom, and a route wants to know. */
export type Routing = { kind: 'targets'; targets: Target[] } | { kind: 'ask' };

/**
 * The targets of a recording: the chat it names itself, else those of the first matching route, else none.
 * @param canAsk whether the source can be asked for the parties that the event left out
 */
export const routeRecording = (recording: Recording, routes: readonly Route[], canAsk: boolean): Routing => {
  if (recording.chat) return { kind: 'targets', targets: [{ chat: recording.chat.toLowerCase() }] };
  for (const route of routes) {
    const fit = fits(recording, route.when);
    if (fit === 'yes') return { kind: 'targets', targets: canonical(route.send) };
    if (fit === 'perhaps' && canAsk) return { kind: 'ask' };
  }
  return { kind: 'targets', targets: [] };
};

const fits = (recording: Recording, when: Route['when']): 'yes' | 'no' | 'perhaps' => {
  if (when.source && when.source !== recording.source) return 'no';
  const wanted = (['from', 'to', 'direction'] as const).filter((fact) => when[fact] !== undefined);
  if (wanted.some((fact) => recording[fact] !== undefined && !same(recording[fact], when[fact]))) return 'no';
  return wanted.every((fact) => recording[fact] !== undefined) ? 'yes' : 'perhaps';
};

const same = (a: string | undefined, b: string | undefined) => canonicalNumber(a ?? '') === canonicalNumber(b ?? '');

const canonical = (send: Route['send']): Target[] => {
  const chats = (Array.isArray(send) ? send : [send]).map((target: Target) => target.chat.toLowerCase());
  return [...new Set(chats)].map((chat) => ({ chat }));
};
