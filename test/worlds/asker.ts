import { createHmac } from 'node:crypto';
import type { Hono } from 'hono';
import { LINQ_SECRET } from './bridge.ts';
import type { History } from './history.ts';
import type { Process } from './process.ts';
import type { Simulator } from './simulator.ts';

export interface AskerOptions {
  sim: Simulator;
  history: History;
  /** Starts a process of `api` and returns it with its routes. */
  api: () => { process: Process; app: Hono };
}

export interface Asked {
  /** The name of the request in the history. */
  what: string;
  path: string;
  request: () => RequestInit;
  /** Receives a 2xx answer. Returns false if the request must be repeated. */
  done?: (answer: unknown) => boolean;
  tries?: number;
}

export interface Asker {
  ask(asked: Asked): void;
  /** Sends a webhook of Linq, signed as Linq signs. */
  linqSays(what: string, type: string, data: unknown, done?: () => void): void;
}

/** People and Linq repeat a request that nobody answered: this long after it, and this many times in all. */
export const AGAIN_MS = 60_000;
export const TRIES = 6;

/** Sends requests to `api`, and repeats each while its answer is not 2xx or is lost. */
export const askerOf = ({ sim, history, api }: AskerOptions): Asker => {
  let events = 0;

  const ask = (asked: Asked): void => {
    const { what, path, request, done = () => true, tries = TRIES } = asked;
    if (tries === 0) {
      history.say(`nobody asks for it again: ${what}`);
      return;
    }
    const { process, app } = api();
    let isDone = false;
    history.say(`${process.name}: ${what}`);
    process.start(async () => {
      const answer = await app.request(path, request());
      const json = await answer.json();
      isDone = answer.status === 404 || (answer.ok && done(json));
      history.say(`${process.name} answers ${answer.status}${saysOf(json)}`);
    });
    sim.after(AGAIN_MS, () => {
      if (isDone) return;
      if (process.isAlive()) process.die('at its time-out');
      ask({ ...asked, tries: tries - 1 });
    });
  };

  return {
    ask,
    linqSays(what, type, data, done) {
      events += 1;
      const id = `event-${events}`;
      const created_at = new Date(sim.nowMs()).toISOString();
      const body = JSON.stringify({ event_type: type, event_id: id, created_at, data });
      const request = () => {
        const seconds = String(Math.floor(sim.nowMs() / 1000));
        const key = Buffer.from(LINQ_SECRET.slice('whsec_'.length), 'base64');
        const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
        const headers = { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
        return { ...posting(undefined)(), headers: { ...JSON_TYPE, ...headers }, body };
      };
      const heard = () => {
        done?.();
        return true;
      };
      ask({ what, path: '/linq', request, done: heard });
    },
  };
};

const JSON_TYPE = { 'content-type': 'application/json' };

export const posting = (body: unknown) => (): RequestInit => ({
  method: 'POST',
  headers: JSON_TYPE,
  body: JSON.stringify(body),
});

const saysOf = (json: unknown): string =>
  typeof json === 'object' && json !== null && 'says' in json ? `: ${String(json.says)}` : '';
