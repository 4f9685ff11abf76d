import { Readable } from 'node:stream';
import type { AudioFitter, Fetched, Recordings } from '../../functions/core/ports/ports.ts';
import { authentic, type Source } from '../../functions/core/ports/source.ts';
import { type Directory, SOURCE } from './directory.ts';
import type { Facts } from './facts.ts';
import type { History } from './history.ts';
import type { Process } from './process.ts';
import type { Simulator } from './simulator.ts';

export interface MediaOptions {
  sim: Simulator;
  history: History;
  facts: Facts;
  directory: Directory;
}

/** The call system's media host and its API. Both answer as the plan of each call says. */
export const mediaHost = ({ sim, history, facts, directory }: MediaOptions) => {
  const answerTo = (id: string) => {
    const call = directory.callOf(id);
    const downloads = facts.downloads.get(id) ?? [];
    facts.downloads.set(id, downloads);
    const { media = [], downloadMs = 0 } = call?.plan ?? {};
    const isGone = downloads.some(({ answer }) => answer === 'gone');
    const isNever = media.slice(0, downloads.length + 1).includes('never');
    const answer = isGone ? 'gone' : isNever ? 'not yet' : (media[downloads.length] ?? 'sound');
    downloads.push({ ms: sim.nowMs(), answer });
    return { call, answer, downloadMs };
  };
  const port = (process: Process): Recordings => ({
    async download<T>(
      recording: Parameters<Recordings['download']>[0],
      _plan: unknown,
      into: (body: Readable, bytes?: number) => Promise<T>,
      lease: AbortSignal,
    ): Promise<Fetched<T>> {
      lease.throwIfAborted();
      const { call, answer, downloadMs } = answerTo(recording.id);
      history.say(`${process.name} downloads call ${call?.number}: ${answer}`);
      if (answer === 'not yet') return { kind: 'not-yet', reason: 'the source answered 404' };
      if (answer === 'trouble') return { kind: 'trouble', reason: 'the source answered 503' };
      if (answer === 'gives way') return { kind: 'gave-way', reason: 'all places are taken: it waits for its turn' };
      if (answer === 'gone') return { kind: 'rejected', reason: 'gone: the source answered 410' };
      if (downloadMs > 0) await sim.sleep(downloadMs);
      const bytes = Buffer.from(`call ${call?.number}`);
      return { kind: 'fetched', value: await into(Readable.from([bytes]), bytes.length) };
    },
    async ask({ read }, recording) {
      const call = directory.callOf(recording.id);
      history.say(`${process.name} asks who called whom in call ${call?.number}`);
      const value = read({ to: directory.calledNumber('chat A') });
      return value === undefined ? { kind: 'rejected', reason: 'the source does not say' } : { kind: 'fetched', value };
    },
  });
  return { for: port };
};

/** Passes audio as it is, or cuts it into as many parts as the plan of its call has. */
export const fitterOf = (directory: Directory): AudioFitter => ({
  async fit(file, keep) {
    const words = Buffer.from(await file.read(0, file.bytes)).toString();
    const call = directory.calls.find(({ number }) => words === `call ${number}`);
    const original = { type: 'audio/mpeg', bytes: file.bytes };
    if (!call || call.plan.parts === 1)
      return { kind: 'as-it-is', extension: 'mp3', original, fitting: { done: 'passed', ms: 1 } };
    const parts = [];
    for (let part = 1; part <= call.plan.parts; part += 1) {
      const bytes = new Uint8Array(new TextEncoder().encode(`${words}, part ${part}`));
      parts.push(await keep({ bytes, extension: 'mp3', facts: { type: 'audio/mpeg', bytes: bytes.length } }));
    }
    return { kind: 'made', parts, original, fitting: { done: 'converted', ms: 1 } };
  },
});

/**
 * A source whose event body is the recording itself. If the recording lacks the called number, the bridge asks the
 * source who called whom.
 */
export const worldSource = (): Source => ({
  kind: 'scripted',
  secrets: [],
  covers: { body: true, url: false, time: false, id: false },
  authenticate: async (request) => authentic(request),
  // A cast: `announce` in world.ts wrote the body as a recording.
  classify: ({ body }) => ({ kind: 'recordings', recordings: [JSON.parse(Buffer.from(body).toString())] }),
  lookUpParties: ({ source, to }) =>
    source === SOURCE && to === undefined
      ? { url: 'https://api.acme.example/calls', read: (json) => json as { to?: string } } // as the media host answers
      : undefined,
  fetch: { hosts: ['media.example'], notYet: [404] },
});
