import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { History } from './history.ts';
import { InjectedFailure, mix } from './process.ts';
import type { Simulator } from './simulator.ts';

export interface Message {
  number: number;
  body: string;
  group: string | undefined;
  sentMs: number;
  receives: number;
  visibleMs: number;
  /** Set on a copy that the standard queue delivers a second time. */
  isCopy?: true;
}

/** Changes the message of one delivery, as long as nobody else has received the message since. */
export interface Delivery {
  message: Message;
  receives: number;
  hide(ms: number): void;
  remove(): void;
}

export interface Queue {
  name: string;
  messages: readonly Message[];
  /** A client for the project's own adapters, so that the adapters choose the groups and deduplication ids. */
  client: SQSClient;
  /** Delivers each message that may be received to a consumer, at most `atOnce` messages at a time. */
  consume(consumer: { atOnce: number; deliver: (delivery: Delivery) => { isOver(): boolean } }): void;
  /** Call this when a consumer has ended or may receive again. */
  wake(): void;
  /** Delivers nothing until this time. */
  pause(untilMs: number): void;
  purge(): Message[];
  /** Makes the queue give up on a message when the message is next due. */
  exhaust(message: Message): void;
  put(body: string, group?: string): void;
  remove(message: Message): void;
}

export interface QueueOptions {
  name: string;
  /** A received message stays hidden so long until its consumer sets a lease. */
  visibilityMs: number;
  sim: Simulator;
  history: History;
  pace: number;
  /** Takes the messages that were received too often. */
  deadLetters?: Queue;
  /** The name of a message in the history. */
  describe: (body: string) => string;
  /** Called for each message that the queue accepts. */
  onTake?: (body: string) => void;
}

const MAX_RECEIVES = 1000;
const DEDUPLICATION_MS = 5 * 60_000;
const RETENTION_MS = 14 * 24 * 3_600_000;

/**
 * SQS as AWS documents it. A message without a group is in a standard queue, which delivers any visible message. A FIFO
 * queue delivers the first message of a group, and no other message of the group while the first is in flight or
 * hidden. A FIFO queue drops a message whose deduplication id it accepted within the last five minutes. A message that
 * was received too often moves to the dead letters; a message that is two weeks old is deleted.
 */
export const sqsQueue = (options: QueueOptions): Queue => {
  const { name, visibilityMs, sim, history, pace, deadLetters, describe } = options;
  const messages: Message[] = [];
  const taken = new Map<string, number>();
  const running: { isOver(): boolean }[] = [];
  let consumer: Parameters<Queue['consume']>[0] | undefined;
  let count = 0;
  let pausedUntilMs = 0;
  let wakesMs: number | undefined;

  const put = (body: string, group?: string) => {
    count += 1;
    messages.push({ number: count, body, group, sentMs: sim.nowMs(), receives: 0, visibleMs: sim.nowMs() });
    wake();
  };
  const remove = (message: Message) => {
    const at = messages.indexOf(message);
    if (at >= 0) messages.splice(at, 1);
    wake();
  };
  const take = (body: string, group: string | undefined, id: string | undefined) => {
    const key = `${group} ${id}`;
    const before = id === undefined ? undefined : taken.get(key);
    if (before !== undefined && sim.nowMs() - before < DEDUPLICATION_MS) {
      history.say(`${name} swallows ${describe(body)}: it took the same within five minutes`);
      return;
    }
    if (id !== undefined) taken.set(key, sim.nowMs());
    history.say(`${name} takes ${describe(body)}`);
    options.onTake?.(body);
    put(body, group);
  };

  /** The first message of each group, and every message without a group. */
  const candidates = () => {
    const groups = new Set<string>();
    return messages.filter(({ group }) => group === undefined || (!groups.has(group) && groups.add(group)));
  };
  const wakeAt = (ms: number) => {
    if (wakesMs !== undefined && wakesMs <= ms) return;
    wakesMs = ms;
    sim.at(ms, () => {
      if (wakesMs !== ms) return;
      wakesMs = undefined;
      pump();
    });
  };
  const wake = () => {
    const next = Math.min(...candidates().map(({ visibleMs }) => visibleMs));
    if (consumer && Number.isFinite(next)) wakeAt(Math.max(next, pausedUntilMs, sim.nowMs() + 15));
  };

  const pump = () => {
    for (let at = running.length - 1; at >= 0; at -= 1) if (running[at]?.isOver()) running.splice(at, 1);
    while (consumer && running.length < consumer.atOnce && sim.nowMs() >= pausedUntilMs) {
      const able = candidates().filter(({ visibleMs }) => visibleMs <= sim.nowMs());
      const pick = pace === 0 ? 0 : Math.floor(mix(pace, name, count, sim.nowMs() % 1e6) * able.length);
      const message = able[pick];
      if (!message) break;
      receive(message);
    }
    if (consumer && running.length < consumer.atOnce) wake();
  };
  const receive = (message: Message) => {
    if (sim.nowMs() - message.sentMs > RETENTION_MS) {
      history.say(`${name} deletes ${describe(message.body)}: it is older than two weeks`);
      return remove(message);
    }
    message.receives += 1;
    if (message.receives > MAX_RECEIVES && deadLetters) {
      history.say(`${name} gives up on ${describe(message.body)}, which goes to the dead letters`);
      deadLetters.put(message.body, message.group);
      return remove(message);
    }
    message.visibleMs = sim.nowMs() + visibilityMs;
    const { receives } = message;
    const isMine = () => message.receives === receives && messages.includes(message) && message.visibleMs > sim.nowMs();
    const delivery: Delivery = {
      message,
      receives,
      hide(ms) {
        if (!isMine()) throw new InjectedFailure(`${name}: the receipt handle has expired`);
        message.visibleMs = sim.nowMs() + ms;
        wake();
      },
      remove() {
        // A FIFO queue refuses to delete by an expired receipt handle; a standard queue may delete by one.
        if (message.group !== undefined && !isMine())
          throw new InjectedFailure(`${name}: the receipt handle has expired`);
        remove(message);
      },
    };
    if (consumer) running.push(consumer.deliver(delivery));
  };

  // Only the parts of a client that the project's adapters use: two commands, and the list of failed entries.
  const client = {
    async send(command: unknown) {
      if (command instanceof SendMessageCommand) {
        const { MessageBody = '', MessageGroupId, MessageDeduplicationId } = command.input;
        take(MessageBody, MessageGroupId, MessageDeduplicationId);
        return {};
      }
      if (!(command instanceof SendMessageBatchCommand)) throw new Error('the model of SQS knows no such command');
      for (const { MessageBody = '', MessageGroupId, MessageDeduplicationId } of command.input.Entries ?? [])
        take(MessageBody, MessageGroupId, MessageDeduplicationId);
      return { Failed: [] };
    },
  } as unknown as SQSClient;

  return {
    name,
    messages,
    client,
    put,
    remove,
    wake: () => pump(),
    consume(given) {
      consumer = given;
      wake();
    },
    pause(untilMs) {
      pausedUntilMs = Math.max(pausedUntilMs, untilMs);
      wake();
    },
    purge: () => messages.splice(0),
    exhaust(message) {
      message.receives = MAX_RECEIVES;
    },
  };
};
