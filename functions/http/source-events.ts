import { Hono } from 'hono';
import type * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';
import { maskAny } from '../core/model/mask.ts';
import {
  payloadOfEvent,
  type SourceEvent,
  type SourceEventsPorts,
  sourceEvents,
} from '../core/observe/source-events.ts';
import type { eventPayload, sourceEventList } from './source-schemas.ts';

export type SourceEventsOptions = SourceEventsPorts & {
  /** The names of the sources. */
  sources: readonly string[];
  /** Whether the configuration has `inspect: true`. */
  inspects: boolean;
};

/**
 * `GET /sources/:source/events` lists the last events of a source and what became of each; `…/:event/payload` shows the masked payload of
 * one.
 */
export const sourceEventRoutes = (options: SourceEventsOptions) => {
  const eventsOf = sourceEvents(options);
  return new Hono()
    .get('/sources/:source/events', async (c) => {
      const name = knownSource(options.sources, c.req.param('source'));
      const events = (await eventsOf(name)).map(inJson);
      const answer: z.infer<typeof sourceEventList> = { events, inspects: options.inspects };
      return c.json(answer);
    })
    .get('/sources/:source/events/:event/payload', async (c) => {
      const [name, event] = [knownSource(options.sources, c.req.param('source')), c.req.param('event')];
      const answer: z.infer<typeof eventPayload> = { event, payload: await payloadOr404(options, name, event) };
      return c.json(answer);
    });
};

/** @throws AftercallError `not_found` */
export const payloadOr404 = async (options: SourceEventsOptions, source: string, event: string): Promise<string> => {
  const payload = await payloadOfEvent(options)(source, event);
  if (payload !== undefined) return payload;
  const why = options.inspects
    ? 'It was erased, is older than a week, or a newer payload has taken its place.'
    : 'Payloads are kept only where bridge.config.ts has inspect: true. Set it, and the next webhooks have payloads.';
  throw new AftercallError('not_found', `No payload of this event is kept. ${why}`);
};

export const knownSource = (sources: readonly string[], name: string): string => {
  if (sources.includes(name)) return name;
  throw new AftercallError('not_found', 'The configuration has no source with this name.');
};

const inJson = ({ id, at, outcome, count, reason, memos, hasPayload }: SourceEvent) => ({
  id,
  at,
  outcome,
  count,
  ...(reason !== undefined && { reason: maskAny(reason) }),
  memos: memos.map((memo) => ({
    id: memo.id,
    state: memo.state,
    ...(memo.reason !== undefined && { reason: maskAny(memo.reason) }),
  })),
  has_payload: hasPayload,
});
