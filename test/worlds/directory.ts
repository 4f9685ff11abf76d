import { firstPartId, memoId, partId, type Target } from '../../functions/core/model/memo.ts';
import type { Recording } from '../../functions/core/model/recording.ts';
import type { Route } from '../../functions/core/model/route.ts';
import type { CallPlan, Destination, Plan } from './plan.ts';

export const CHATS = {
  A: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
  B: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
  P: 'cccccccc-cccc-4ccc-8ccc-cccccccccccc',
  elsewhere: 'dddddddd-dddd-4ddd-8ddd-dddddddddddd',
} as const;
export const LINE = '+12052535597';
/** The people who get memos by number: the person of chat A, and person P. */
export const PERSONS = { A: '+12025550177', P: '+12025550188' } as const;
export const CALLERS = ['+12025550101', '+12025550102'] as const;
export const SOURCE = 'acme';

const QUIET = { from: '22:00', until: '08:00', timeZone: 'UTC' };
const POLICIES = {
  none: {},
  'quiet hours': { quietHours: QUIET },
  'one a day': { maxPerDay: 1 },
  'two a day': { maxPerDay: 2 },
} as const;

/** A call as its source and the routes describe it, and the memos that must result. */
export interface Call {
  number: number;
  plan: CallPlan;
  recording: Recording;
  /** Empty if no route matches. */
  targets: readonly Target[];
  memos: readonly { id: string; target: Target | undefined }[];
  /** The id of the memo that carries the recording while nobody knows who called whom. */
  unrouted: string;
}

export interface Directory {
  calls: readonly Call[];
  routes: readonly Route[];
  callOf(recordingId: string): Call | undefined;
  callOfMemo(id: string): Call | undefined;
  /** The ids of every possible memo, with the later parts of long calls. */
  memoIds: readonly string[];
  /** The name of a memo, such as `call 2, part 3 → chat A`. */
  nameOf(id: string): string;
  /** The called number that the call's source gives. */
  calledNumber(to: Destination): string | undefined;
}

export const chatName = (chat: string): string =>
  Object.entries(CHATS)
    .find(([, id]) => id === chat)?.[0]
    .replace(/^(.)$/, 'chat $1') ?? chat;

const targetsFor = (to: Destination, policy: Plan['policy']): readonly Target[] => {
  const A = { chat: CHATS.A, ...POLICIES[policy] };
  switch (to) {
    case 'chat A':
    case 'asked, then chat A':
      return [A];
    case 'chat B':
      return [{ chat: CHATS.B }];
    case 'chats A and B':
      return [A, { chat: CHATS.B }];
    case 'chat A twice':
      return [A, { line: LINE, handle: PERSONS.A }];
    case 'person P':
      return [{ line: LINE, handle: PERSONS.P }];
    case 'nobody':
      return [];
  }
};

const CALLED: readonly Destination[] = ['chat A', 'chat B', 'chats A and B', 'chat A twice', 'person P', 'nobody'];
const numberOf = (to: Destination) => `+1205000000${CALLED.indexOf(to)}`;
const nameOfTarget = (target: Target | undefined): string => {
  if (!target) return 'nobody';
  if ('chat' in target) return chatName(target.chat);
  return target.handle === PERSONS.A ? 'person A' : 'person P';
};

export const directoryOf = ({ calls: plans, policy }: Plan): Directory => {
  const routes = CALLED.filter((to) => to !== 'nobody').map(
    (to): Route => ({ when: { to: numberOf(to) }, send: targetsFor(to, policy) }),
  );
  const calledNumber = (to: Destination) => (to === 'asked, then chat A' ? undefined : numberOf(to));
  const calls = plans.map((plan, index): Call => {
    const number = index + 1;
    const to = calledNumber(plan.to);
    const recording: Recording = {
      source: SOURCE,
      id: `RE${number}`,
      callId: `CA${number}`,
      from: CALLERS[plan.caller],
      ...(to && { to }),
      media: { kind: 'url', url: `https://media.example/${number}.mp3` },
    };
    const targets = targetsFor(plan.to, policy);
    const known = targets.length > 0 ? targets : [undefined];
    return {
      number,
      plan,
      recording,
      targets,
      memos: known.map((target) => ({ id: memoId(recording, target), target })),
      unrouted: memoId(recording, undefined),
    };
  });
  const byMemo = new Map<string, { call: Call; target: Target | undefined }>();
  for (const call of calls) {
    byMemo.set(call.unrouted, { call, target: undefined });
    for (const { id, target } of call.memos) byMemo.set(id, { call, target });
  }
  return {
    calls,
    routes,
    callOf: (id) => calls.find(({ recording }) => recording.id === id),
    callOfMemo: (id) => byMemo.get(firstPartId(id))?.call,
    memoIds: calls.flatMap(({ memos, plan }) =>
      memos.flatMap(({ id }) => Array.from({ length: plan.parts }, (_, part) => partId(id, part + 1))),
    ),
    nameOf(id) {
      const known = byMemo.get(firstPartId(id));
      if (!known) return id;
      const part = /-(\d+)$/.exec(id)?.[1] ?? '1';
      return `call ${known.call.number}${known.call.plan.parts > 1 ? `, part ${part}` : ''} → ${nameOfTarget(known.target)}`;
    },
    calledNumber,
  };
};
