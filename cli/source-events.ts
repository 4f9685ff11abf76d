import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { sourceEventList } from '../functions/http/source-schemas.ts';
import type { Context } from './base/context.ts';
import { Failure } from './base/failure.ts';
import { interrupted } from './base/interrupted.ts';
import { painted, shortTime } from './base/memo.ts';

const POLL_MS = 1000;

type Events = z.infer<typeof sourceEventList>;
type Event = Events['events'][number];

/** Prints the last webhooks of a source, oldest first. */
export const lastEvents = async (context: Context, source: string): Promise<Events> => {
  const list = await ask(context, source);
  context.output.line();
  context.output.line(context.output.paint('dim', 'time (UTC)           event       outcome'));
  for (const event of list.events.toReversed()) printEvent(context, event);
  if (!list.inspects) context.output.line(context.output.paint('dim', NOT_INSPECTED));
  return list;
};

/** Prints webhooks as they come. A webhook whose memo has changed is printed again. With `--json`, one JSON value a line. */
export const followEvents = async (context: Context, source: string): Promise<void> => {
  const { output, runtime } = context;
  const printed = new Map<string, string>();
  const note = (event: Event): boolean => {
    const now = JSON.stringify(event);
    const isNews = printed.get(event.id) !== now;
    printed.set(event.id, now);
    return isNews;
  };
  for (const event of (output.json ? await ask(context, source) : await lastEvents(context, source)).events)
    if (note(event) && output.json) output.jsonLine(event);
  let isAway = false;
  const end = interrupted(runtime);
  while (!end.aborted) {
    await sleep(POLL_MS, undefined, { signal: end }).catch(() => {}); // it is ended
    const list = await ask(context, source).catch((error) => {
      if (!(error instanceof Failure) || error.code !== 'unreachable') throw error;
      if (!isAway) output.warn(`${error.message}; trying again`);
      return undefined;
    });
    isAway = list === undefined;
    for (const event of list?.events.toReversed() ?? [])
      if (note(event)) output.json ? output.jsonLine(event) : printEvent(context, event);
  }
};

const ask = async ({ bridge: open }: Context, source: string): Promise<Events> =>
  (await open()).ask(sourceEventList, 'GET', `/sources/${encodeURIComponent(source)}/events`);

const printEvent = ({ output }: Context, { id, at, outcome, count, reason, memos, has_payload }: Event): void => {
  const what = count > 1 ? `${count} ${outcome}` : outcome;
  const colour = outcome === 'refused' ? 'red' : outcome === 'ignored' ? 'dim' : 'bold';
  const became = memos.map(
    (memo) => `${memo.id} ${painted(output, memo.state)}${memo.reason ? `: ${memo.reason}` : ''}`,
  );
  const said = [...became, ...(reason === undefined ? [] : [reason])].join(', ');
  const payload = has_payload ? output.paint('dim', `  (--payload ${id})`) : '';
  output.line(`${shortTime(at)}  ${output.paint(colour, what.padEnd(10))}  ${said}${payload}`);
};

const NOT_INSPECTED =
  'the bridge keeps no payloads: set inspect: true in bridge.config.ts, and it keeps them for a week, masked';
