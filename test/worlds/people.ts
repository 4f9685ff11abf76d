import { AGAIN_MS, type Asker, posting, TRIES } from './asker.ts';
import { CALLERS, CHATS, chatName, type Directory, LINE, PERSONS } from './directory.ts';
import type { Erasure, Facts } from './facts.ts';
import type { History } from './history.ts';
import type { Linq, LinqEvent } from './linq.ts';
import type { Command, CommandName } from './plan.ts';
import type { Message, Queue } from './queue.ts';
import type { Simulator } from './simulator.ts';

export interface PeopleOptions {
  sim: Simulator;
  history: History;
  facts: Facts;
  directory: Directory;
  linq: Linq;
  queues: { recordings: Queue; memos: Queue };
  asker: Asker;
  sweep: () => void;
  outage: (ms: number) => void;
  /** The ids of the memos that a message is about. */
  memosOf: (body: string) => readonly string[];
  hasRow: (id: string) => boolean;
}

const MINUTE = 60_000;
const OUTAGES_MS = [10 * MINUTE, 40 * MINUTE, 180 * MINUTE, 600 * MINUTE] as const;
const FLAGGED_MS = 180 * MINUTE;
/**
 * How long Linq refuses our key: mostly 20 minutes, because the bridge tries each waiting memo every minute. Seldom
 * longer than `queuedAnewMs`, after which the memo gets a new message.
 */
const wrongKeyMs = (which: number) => (which === 0 ? 7 * 60 * MINUTE : 20 * MINUTE);

/** What operators, recipients, Linq and faults do to the bridge while it works. */
export const peopleOf = (options: PeopleOptions) => {
  const { sim, history, facts, directory, linq, queues, asker } = options;
  const { ask, linqSays } = asker;

  const messageData = (id: string, chat: string, filename: string | undefined) => ({
    id,
    direction: 'outbound',
    chat: { id: chat, is_group: false },
    parts: filename === undefined ? [] : [{ type: 'media', id: 'part', filename, mime_type: 'audio/mpeg' }],
    sent_at: new Date(sim.nowMs()).toISOString(),
  });
  const tell = ({ type, messageId, chat, filename, afterMs }: LinqEvent) =>
    sim.after(afterMs, () =>
      linqSays(`Linq says ${type} of ${messageId}`, type, messageData(messageId, chat, filename), () => {
        if (filename !== undefined) facts.named.set(messageId, sim.nowMs());
      }),
    );
  const write = (chat: string, text: string) => {
    linq.optOut(chat, text === 'STOP');
    const data = { chat: { id: chat, is_group: false }, parts: [{ type: 'text', value: text }] };
    linqSays(`the person of ${chatName(chat)} writes ${text}`, 'message.received', data);
  };
  const forward = (memo: string) => {
    const data = messageData(`forwarded-${sim.nowMs()}`, CHATS.elsewhere, `${memo}.mp3`);
    linqSays(
      `somebody sends the file of ${directory.nameOf(memo)} on to another chat, where Linq delivers it`,
      'message.delivered',
      data,
    );
  };
  const flag = () => {
    const says = (new_status: string) =>
      linqSays(`Linq says that the line is ${new_status}`, 'phone_number.status_updated', {
        phone_number: LINE,
        new_status,
      });
    says('FLAGGED');
    sim.after(FLAGGED_MS, () => says('ACTIVE'));
  };

  const erase = (what: Erasure['what'], tries = TRIES): void => {
    const askedMs = sim.nowMs();
    facts.erasures.push({ what, askedMs, answeredMs: Number.POSITIVE_INFINITY, erased: [], left: [] });
    const done = (json: unknown) => {
      const { erased, left } = json as { erased: string[]; left: { memo: string }[] }; // the API's documented answer
      const rest = left.map(({ memo }) => memo);
      facts.erasures.push({ what, askedMs, answeredMs: sim.nowMs(), erased, left: rest });
      if (!('memo' in what)) return rest.length === 0;
      // After the first memo is erased, another part of its call can remain.
      for (const memo of tries > 1 ? rest.slice(0, 1) : []) sim.after(AGAIN_MS, () => erase({ memo }, tries - 1));
      return true;
    };
    if ('memo' in what) {
      const request = () => ({ method: 'DELETE' });
      ask({ what: `erase ${directory.nameOf(what.memo)}`, path: `/memos/${what.memo}`, request, done, tries });
    } else ask({ what: `erase ${JSON.stringify(what)}`, path: '/erase', request: posting(what), done, tries });
  };
  const replay = (memo: string, force: boolean) => {
    facts.replays.push({ memo, ms: sim.nowMs(), force });
    ask({
      what: `replay ${directory.nameOf(memo)}${force ? ' by force' : ''}`,
      path: `/memos/${memo}/replay${force ? '?force=true' : ''}`,
      request: posting({}),
      tries: 1,
    });
  };
  const stop = (chat: string) => {
    const askedMs = sim.nowMs();
    const done = () => {
      facts.stops.push({ chat, askedMs, fromMs: sim.nowMs(), untilMs: Number.POSITIVE_INFINITY });
      return true;
    };
    ask({ what: `stop ${chatName(chat)}`, path: '/suppressions', request: posting({ chat }), done });
  };
  const liftStop = (chat: string) => {
    for (const known of facts.stops) if (known.chat === chat) known.untilMs = Math.min(known.untilMs, sim.nowMs());
    const lift = { chat, askedMs: sim.nowMs(), answeredMs: Number.POSITIVE_INFINITY };
    facts.lifts.push(lift);
    const done = () => {
      lift.answeredMs = sim.nowMs();
      return true;
    };
    ask({
      what: `take ${chatName(chat)} off the suppression list`,
      path: '/suppressions/remove',
      request: posting({ chat }),
      done,
    });
  };

  const note = (ids: Set<string>, messages: readonly Message[]) => {
    for (const { body } of messages) for (const id of options.memosOf(body)) ids.add(id);
  };
  const purge = (kind: 'recordings' | 'memos') => {
    const gone = queues[kind].purge();
    history.say(`somebody purges ${queues[kind].name}: ${gone.length} messages`);
    note(facts.purged[kind], gone);
    const isHere = (body: string) => gone.every((message) => message.body !== body);
    facts.laterVersions = facts.laterVersions.filter(({ body }) => isHere(body));
  };
  const exhaust = (kind: 'recordings' | 'memos', which: number) => {
    const queue = queues[kind];
    const message = queue.messages[which % Math.max(1, queue.messages.length)];
    if (!message) return;
    queue.exhaust(message);
    note(facts.deadLetters[kind], [message]);
    history.say(`${queue.name} has handed out one of its messages a thousand times`);
  };
  const laterVersion = (kind: 'recordings' | 'memos', body: object, group: string) => {
    const text = JSON.stringify({ v: 2, ...body, number: facts.laterVersions.length + 1 });
    facts.laterVersions.push({ queue: queues[kind].name, body: text });
    history.say(`a later version puts its own message into ${queues[kind].name}`);
    queues[kind].put(text, group);
  };

  const laterRow = (id: string) => {
    if (!options.hasRow(id)) return;
    facts.laterRows.sinceMs.set(id, sim.nowMs());
    history.say(`a later version has written the row of ${directory.nameOf(id)}, and is taken back`);
  };

  const memoOf = (which: number) => directory.memoIds[which % directory.memoIds.length] ?? '';
  const chatOf = (which: number) => (which % 3 === 2 ? CHATS.B : CHATS.A);
  const commands: Readonly<Record<CommandName, (which: number) => void>> = {
    replay: (which) => replay(memoOf(which), false),
    'replay by force': (which) => replay(memoOf(which), true),
    'erase memo': (which) => erase({ memo: memoOf(which) }),
    'erase caller': (which) => erase({ phone: CALLERS[which % 2] ?? CALLERS[0] }),
    'erase recipient': (which) => erase({ phone: which % 2 === 0 ? PERSONS.A : PERSONS.P }),
    'erase call': (which) => erase({ call: directory.callOfMemo(memoOf(which))?.recording.callId ?? 'CA0' }),
    'stop by hand': (which) => stop(chatOf(which)),
    'lift the stop': (which) => liftStop(chatOf(which)),
    'stop word': (which) => write(chatOf(which), 'STOP'),
    write: (which) => write(chatOf(which), 'hello'),
    'purge recordings': () => purge('recordings'),
    'purge memos': () => purge('memos'),
    'dead letter of recordings': (which) => exhaust('recordings', which),
    'dead letter of memos': (which) => exhaust('memos', which),
    sweep: () => options.sweep(),
    outage: (which) => options.outage(OUTAGES_MS[which % OUTAGES_MS.length] ?? MINUTE),
    'flag the line': flag,
    'wrong key': (which) => linq.refuseKey(wrongKeyMs(which)),
    forward: (which) => forward(memoOf(which)),
    'later version in recordings': (which) => laterVersion('recordings', { which }, `chat:${chatOf(which)}`),
    'later version of a row': (which) => laterRow(memoOf(which)),
    'later version in memos': (which) => laterVersion('memos', { which }, `chat:${chatOf(which)}`),
  };
  return { act: ({ name, which }: Command) => commands[name](which), tell };
};
