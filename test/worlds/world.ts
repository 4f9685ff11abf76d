import { firstPartId, type Memo } from '../../functions/core/model/memo.ts';
import { deadLetterSchema, recordingMessageSchema, sendMessageSchema } from '../../functions/core/model/messages.ts';
import { timing as realTiming } from '../../functions/core/model/timing.ts';
import { memoryAudioStore } from '../fakes/audio-store.memory.ts';
import { memoryKeyValueStore } from '../fakes/key-value-store.memory.ts';
import { memoryLog } from '../fakes/log.memory.ts';
import { askerOf } from './asker.ts';
import { bridgeOf } from './bridge.ts';
import { consume } from './consumer.ts';
import { type Call, type Directory, directoryOf, SOURCE } from './directory.ts';
import { type Facts, noFacts } from './facts.ts';
import { type History, historyOf } from './history.ts';
import { laggingLedger } from './ledger.lagging.ts';
import { type LinqEvent, linqModel } from './linq.ts';
import { mediaHost } from './media.ts';
import { messageReader } from './message-reader.ts';
import { peopleOf } from './people.ts';
import type { Command, Fault, Plan, Step } from './plan.ts';
import { faultKey, type Process, startProcess } from './process.ts';
import { type Queue, sqsQueue } from './queue.ts';
import { runEvents } from './run-events.ts';
import { simulator } from './simulator.ts';
import { watchedLedger } from './watched-ledger.ts';

const isWrongKey = ({ name }: Command) => name === 'wrong key';

/** A world at its end: the true facts, and the rows of the bridge. */
export interface Ended {
  plan: Plan;
  directory: Directory;
  facts: Facts;
  rows: readonly Memo[];
  queues: readonly Queue[];
  /** False if events still go on when the run stops. */
  isOver: boolean;
  history: History;
  endMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** After this time later code is deployed again and takes the messages of later versions. */
const UPGRADE_AFTER_MS = 5 * HOUR;
/** Longer than everything in a plan: the trouble of the line and the trouble of a media host last a day each. */
const END_AFTER_MS = 12 * DAY;
/**
 * A world of some hundred effects needs far fewer events. A plan with many answers of Linq gets so many events for each
 * answer.
 */
const EVENTS_A_POST = 100;
const TIMEOUTS: Readonly<Record<Step, number>> = {
  receive: 10_000,
  store: 15 * MINUTE,
  send: 2 * MINUTE,
  tend: MINUTE,
  api: 30_000,
};

/** Plays a plan to its end. */
export const play = async (plan: Plan): Promise<Ended> => {
  const startMs = Date.UTC(2026, 2, 4, plan.startHour);
  const sim = simulator(startMs);
  const history = historyOf(sim);
  const facts = noFacts();
  const directory = directoryOf(plan);
  const timing = realTiming();
  const log = memoryLog();
  const truth = laggingLedger(sim, plan.indexLagMs);
  const { ledger, dueMs, hasRow } = watchedLedger(truth, { sim, history, directory, facts });
  const keyValues = memoryKeyValueStore({ clock: sim });
  const audio = memoryAudioStore();
  const { presignGet } = audio;
  audio.presignGet = async (given, expiresInMs) => `${await presignGet(given, expiresInMs)}&minted=${sim.nowMs()}`;

  const faults = new Map<string, Fault>(plan.faults.map((fault) => [faultKey(fault), fault]));
  const runs: Record<Step, number> = { receive: 0, store: 0, send: 0, tend: 0, api: 0 };
  let living: Process[] = [];
  const onMistake = (process: string, error: unknown) => {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    history.say(`${process} makes a mistake: ${what.split('\n')[0]}`);
    facts.mistakes.push({ process, what });
  };
  const onFault = ({ trouble }: Fault) => facts.struck.set(trouble, (facts.struck.get(trouble) ?? 0) + 1);
  const spawn = (step: Step): Process => {
    runs[step] += 1;
    const timeoutMs = plan.place === 'lambda' ? TIMEOUTS[step] : undefined;
    const onOver = () => wakeAll();
    const process = startProcess(step, runs[step], {
      sim,
      history,
      pace: plan.pace,
      faults,
      timeoutMs,
      onMistake,
      onFault,
      onOver,
    });
    living.push(process);
    return process;
  };

  const { memosOf, describe } = messageReader(directory);
  const shared = { sim, history, pace: plan.pace, describe };
  const dead = {
    recordings: sqsQueue({
      ...shared,
      name: 'the dead letters of recordings',
      visibilityMs: TIMEOUTS.tend,
    }),
    memos: sqsQueue({ ...shared, name: 'the dead letters of memos', visibilityMs: TIMEOUTS.tend }),
  };
  const onTake = (body: string) => {
    for (const id of memosOf(body))
      if (!facts.firstQueued.has(firstPartId(id))) facts.firstQueued.set(firstPartId(id), sim.nowMs());
  };
  const queues = {
    recordings: sqsQueue({
      ...shared,
      name: 'recordings',
      visibilityMs: TIMEOUTS.store,
      deadLetters: dead.recordings,
    }),
    memos: sqsQueue({
      ...shared,
      name: 'memos.fifo',
      visibilityMs: TIMEOUTS.send,
      deadLetters: dead.memos,
      onTake,
    }),
  };
  const allQueues = [queues.recordings, queues.memos, dead.recordings, dead.memos];
  const wakeAll = () => {
    for (const queue of allQueues) queue.wake();
  };

  let tell = (_event: LinqEvent): void => {};
  const linq = linqModel({ plan, sim, history, facts, directory, audio, tell: (event) => tell(event) });
  const media = mediaHost({ sim, history, facts, directory });
  const bridge = bridgeOf({ plan, sim, directory, timing, log, ledger, keyValues, audio, queues, linq, media });

  const base = { timing, history, log, onMistake };
  queues.recordings.consume({
    atOnce: 5,
    deliver: consume({ ...base, schema: recordingMessageSchema, step: bridge.store, spawn: () => spawn('store') }),
  });
  queues.memos.consume({
    atOnce: 10,
    deliver: consume({ ...base, schema: sendMessageSchema, step: bridge.send, spawn: () => spawn('send') }),
  });
  for (const queue of [dead.recordings, dead.memos])
    queue.consume({
      atOnce: 2,
      deliver: consume({
        ...base,
        schema: deadLetterSchema,
        step: (process) => bridge.bury(process),
        spawn: () => spawn('tend'),
      }),
    });

  const sweep = () => {
    const process = spawn('tend');
    history.say(`${process.name} sweeps`);
    process.start(async () => {
      await bridge.sweep(process)();
    });
  };
  const outage = (ms: number) => {
    history.say(`no function runs for ${ms / MINUTE} min`);
    for (const process of living) if (process.isAlive()) process.die('with the machine');
    for (const queue of allQueues) queue.pause(sim.nowMs() + ms);
    facts.outages.push({ fromMs: sim.nowMs(), untilMs: sim.nowMs() + ms });
  };
  const isOut = () => facts.outages.some(({ fromMs, untilMs }) => sim.nowMs() >= fromMs && sim.nowMs() < untilMs);
  const api = () => {
    const process = spawn('api');
    if (isOut()) process.die('at once: no function runs');
    return { process, app: bridge.api(process) };
  };
  const asker = askerOf({ sim, history, api });
  const people = peopleOf({ sim, history, facts, directory, linq, queues, asker, sweep, outage, memosOf, hasRow });
  tell = people.tell;

  /** The source posts its webhook, and posts it again after 30 seconds without a 2xx answer. */
  const announce = (call: Call, tries = 8): void => {
    if (tries === 0) return;
    const { id } = call.recording;
    facts.webhooks.push({ recording: id, ms: sim.nowMs() });
    if (!facts.requested.has(id)) facts.requested.set(id, sim.nowMs());
    const process = spawn('receive');
    if (isOut()) process.die('at once: no function runs');
    let isAnswered = false;
    history.say(`${process.name}: the webhook of call ${call.number} (${call.plan.to})`);
    process.start(async () => {
      const body = Buffer.from(JSON.stringify(call.recording));
      const request = { method: 'POST', url: `https://bridge.example/hooks/${SOURCE}`, headers: {}, body };
      const answer = await bridge.receive(process)(SOURCE, request);
      if (answer.kind !== 'accepted' && answer.kind !== 'pending') throw new Error(`answered ${answer.kind}`);
      isAnswered = true;
      history.say(`${process.name} answers 200, ${answer.kind}`);
      if (!facts.acknowledged.has(id)) facts.acknowledged.set(id, sim.nowMs());
    });
    sim.after(30_000, () => {
      if (isAnswered) return;
      if (process.isAlive()) process.die('at its time-out');
      announce(call, tries - 1);
    });
  };
  for (const call of directory.calls)
    for (const afterMs of [0, ...call.plan.repeatsAfterMs])
      sim.at(startMs + call.plan.afterMs + afterMs, () => announce(call));
  for (const command of plan.commands) {
    sim.at(startMs + command.afterMs, () => people.act(command));
    if (command.name.startsWith('later version')) sim.at(startMs + command.afterMs + UPGRADE_AFTER_MS, () => upgrade());
  }
  /** Later code is deployed again and removes the messages of later versions. */
  const upgrade = () => {
    history.say('the later version is back');
    facts.laterRows.sinceMs.clear();
    for (const later of facts.laterVersions)
      for (const queue of allQueues)
        for (const message of queue.messages.filter(({ body }) => body === later.body)) {
          later.upgraded = true;
          queue.remove(message);
        }
  };

  const isOver = await runEvents(sim, {
    endMs: startMs + END_AFTER_MS,
    maxEvents: 60_000 + EVENTS_A_POST * (plan.posts.length + 2000 * plan.commands.filter(isWrongKey).length),
    isIdle: () => {
      living = living.filter((process) => process.isAlive());
      return living.every((process) => process.isIdle());
    },
    dueMs: async () => (await dueMs()) ?? Number.POSITIVE_INFINITY,
    sweep: () => {
      if (!isOut()) sweep();
    },
  });
  sim.jumpTo(startMs + END_AFTER_MS + HOUR);
  const { memos: rows } = await truth.list({}, 1000);
  return { plan, directory, facts, rows, queues: allQueues, isOver, history, endMs: sim.nowMs() };
};
