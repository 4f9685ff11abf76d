import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { FlowWorld } from './world.ts';

export interface Posted {
  chat: string;
  /** The answer's ids of the memos. */
  memos: string[];
  startedMs: number;
  /** From the request to the whole answer. */
  ackMs: number;
}

/** Posts webhooks, so many at once, each for a chat of its own. */
export const postAtOnce = async (world: FlowWorld, count: number, atOnce: number): Promise<Posted[]> => {
  const agent = new Agent({ connections: atOnce });
  const posted: Posted[] = [];
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      posted.push(await post(world, agent, randomUUID()));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  await agent.close();
  return posted;
};

/** Posts webhooks at a steady rate, whether or not the earlier ones are answered. */
export const postAtRate = async (
  world: Pick<FlowWorld, 'webhook'>,
  { count, perSecond, chats }: { count: number; perSecond: number; chats: readonly string[] },
): Promise<Posted[]> => {
  const agent = new Agent({ connections: 256 });
  const begun = performance.now();
  const posts: Promise<Posted>[] = [];
  for (let n = 0; n < count; n += 1) {
    await sleep(Math.max(0, begun + (n * 1000) / perSecond - performance.now()));
    posts.push(post(world, agent, chats[n % chats.length] ?? randomUUID()));
  }
  const posted = await Promise.all(posts);
  await agent.close();
  return posted;
};

const post = async (world: Pick<FlowWorld, 'webhook'>, dispatcher: Agent, chat: string): Promise<Posted> => {
  const { url, init } = world.webhook(chat);
  const startedMs = performance.now();
  const { statusCode, body } = await request(url, { ...init, dispatcher });
  const text = await body.text();
  const ackMs = performance.now() - startedMs;
  if (statusCode !== 200) throw new Error(`a webhook was answered ${statusCode} ${text}`);
  return { chat, memos: JSON.parse(text).memos, startedMs, ackMs };
};
