import { createHmac } from 'node:crypto';
import type { Hono } from 'hono';
import { LINQ_SECRET } from './bridge.ts';
import type { History } from './history.ts';
import type { Process } from './process.ts';
import type { Simulator } from './simulator.ts';

export interface AskerOptions {
  sim: Simulator;
  history: History;
  /** A process of `api` and its routes. */
  api: () => { process: Process; app: Hono };
}

export interface Asked {
  /** As the history names it. */
  what: string;
  path: string;
  request: () => RequestInit;
  /** Hears a 2xx; false where it must be asked for again. */
  done?: (answer: unknown) => boolean;
  tries?: number;
}

export interface Asker {
  ask(asked: Asked): void;
  /** One of Linq's webhooks, signed as Linq signs. */
  linqSays(what: string, type: string, data: unknown, done?: () => void): void;
}

/** People and Linq ask again where nobody answered, this much later and so often. */
export const AGAIN_MS = 60_000;
export const TRIES = 6;

/** Requests to `api`; each is asked again while its answer is not 2xx, or is not seen. */
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
