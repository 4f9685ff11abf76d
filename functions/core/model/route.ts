import type { SendPolicy, Target } from './memo.ts';
import { handleSchema } from './messages.ts';
import { canonicalNumber, type Parties, type Recording } from './recording.ts';

/** In a route's `handle`: the person at the other end of the call. */
export const REMOTE_PARTY = 'remote party';

/**
 * A rule from recordings to targets. The first route that matches decides; an empty `when` matches every recording. A
 * target's `handle` may be 'remote party'. The route's `policy` applies to all of its targets.
 */
export interface Route {
  when: Parties & { source?: string };
  send: Target | readonly Target[];
  policy?: SendPolicy;
}

/** `ask`: a route depends on who called whom, and the source must be asked for that. */
export type Routing = { kind: 'targets'; targets: Target[]; reason?: string } | { kind: 'ask' };

/**
 * Finds the targets of a recording: the chat that the recording names, else those of the first matching route, else
 * none.
 * @param canAsk whether the source can be asked for parties that the event left out
 */
export const routeRecording = (recording: Recording, routes: readonly Route[], canAsk: boolean): Routing => {
  if (recording.chat) return { kind: 'targets', targets: [{ chat: recording.chat.toLowerCase() }] };
  for (const route of routes) {
    const fit = fits(recording, route.when);
    if (fit === 'no' || (fit === 'perhaps' && !canAsk)) continue;
    const targets = fit === 'yes' ? targetsOf(route, recording) : 'unknown';
    if (typeof targets === 'object') return { kind: 'targets', targets };
    if (canAsk) return { kind: 'ask' };
    return { kind: 'targets', targets: [], reason: REASONS[targets] };
  }
  return { kind: 'targets', targets: [] };
};

/** The reason of a recording that no route fits. */
export const NO_ROUTE = 'no route for this recording';

/** Reasons appear in the log, so they contain no telephone number. */
const REASONS = {
  unknown: 'the event does not say who was at the other end of the call',
  unreachable:
    'the other end of the call has no complete telephone number (a short number, an extension, a SIP address, or withheld)',
} as const;

const fits = (recording: Recording, when: Route['when']): 'yes' | 'no' | 'perhaps' => {
  if (when.source && when.source !== recording.source) return 'no';
  const wanted = (['from', 'to', 'direction'] as const).filter((fact) => when[fact] !== undefined);
  if (wanted.some((fact) => recording[fact] !== undefined && !same(recording[fact], when[fact]))) return 'no';
  return wanted.every((fact) => recording[fact] !== undefined) ? 'yes' : 'perhaps';
};

const same = (a: string | undefined, b: string | undefined) => canonicalNumber(a ?? '') === canonicalNumber(b ?? '');

/** Each target once; or the reason why the remote party has no number. */
const targetsOf = ({ send, policy }: Route, recording: Recording): Target[] | keyof typeof REASONS => {
  const wanted = (Array.isArray(send) ? send : [send]) as readonly Target[]; // isArray forgets that the list is readonly
  const targets = new Map<string, Target>();
  for (const target of wanted) {
    if ('chat' in target) {
      const chat = target.chat.toLowerCase();
      targets.set(chat, { ...policy, ...target, chat });
      continue;
    }
    const handle =
      target.handle === REMOTE_PARTY ? remoteParty(recording, target.line) : canonicalNumber(target.handle);
    if (handle === undefined) return 'unknown';
    if (!handleSchema.safeParse(handle).success) return 'unreachable';
    const line = canonicalNumber(target.line);
    targets.set(`${line} ${handle}`, { ...policy, ...target, line, handle });
  }
  return [...targets.values()];
};

/**
 * The caller of an inbound call, the called party of an outbound call; without a direction, the number that is not our
 * line.
 */
const remoteParty = ({ from, to, direction }: Recording, line: string): string | undefined => {
  const others = [from, to].filter((number) => number && !same(number, line));
  if (direction === 'inbound') return from;
  if (direction === 'outbound') return to;
  return others.length === 1 ? others[0] : undefined;
};
