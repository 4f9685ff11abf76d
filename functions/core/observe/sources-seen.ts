import { traceKey } from '../model/keys.ts';
import { isoTime } from '../model/timing.ts';
import type { TraceSummary } from '../model/traces.ts';
import { summaryOf } from '../model/traces-kept.ts';
import type { Clock, KeyValueStore, Ledger } from '../ports/ports.ts';
import type { Source } from '../ports/source.ts';
import { explainRefusal, type Refusal } from './refusal-causes.ts';

/** What came from a source lately, and what became of it. Days are in UTC. */
export interface SourceSeen {
  name: string;
  /** ISO time of the last webhook that made a memo. */
  lastAcceptedAt?: string;
  /** How many memos its webhooks made today, up to `MOST_COUNTED`. A webhook that comes again makes none. Absent where not counted. */
  acceptedToday?: number;
  ignored?: TraceSummary;
  refused?: TraceSummary & Refusal;
}

export interface SourcesSeenPorts {
  ledger: Pick<Ledger, 'list' | 'count'>;
  keyValues: Pick<KeyValueStore, 'readAll'>;
  /** The configured sources, and the name of the API's own. */
  sources: readonly string[];
  /** Explains refusals. A name that is not here has no webhooks. */
  configured: Readonly<Record<string, Pick<Source, 'secrets' | 'covers'>>>;
  clock: Clock;
}

/** The ledger reads a key for each memo that it counts. */
export const MOST_COUNTED = 1000;

/** DynamoDB reads a hundred keys at once. */
const AT_ONCE = 100;

/**
 * Reads one row of each source, and the traces of all.
 * @returns the step; `counted` names the sources whose memos of today are counted
 */
export const sourcesSeen =
  ({ ledger, keyValues, sources, configured, clock }: SourcesSeenPorts) =>
  async (counted: readonly string[] = []): Promise<SourceSeen[]> => {
    const midnight = `${isoTime(clock.nowMs()).slice(0, 10)}T00:00:00.000Z`;
    const acceptedOf = async (source: string) => {
      const [newest] = (await ledger.list({ source }, 1)).memos;
      const count = async () =>
        newest && newest.createdAt >= midnight ? ledger.count({ source, since: midnight }, MOST_COUNTED) : 0;
      return {
        ...(newest && { lastAcceptedAt: newest.receivedAt ?? newest.createdAt }),
        ...(counted.includes(source) && { acceptedToday: await count() }),
      };
    };
    const [accepted, traces] = await Promise.all([
      Promise.all(sources.map(acceptedOf)),
      readTraces(keyValues, sources),
    ]);
    const now = isoTime(clock.nowMs());
    return sources.map((name, index) => {
      const facts = traces[index] ?? {};
      const ignored = summaryOf(facts, 'ignored', now);
      const refused = summaryOf(facts, 'refused', now);
      return {
        name,
        ...accepted[index],
        ...(ignored && { ignored }),
        ...(refused && { refused: { ...refused, ...explainRefusal(refused.reason, configured[name]) } }),
      };
    });
  };

const readTraces = async (keyValues: SourcesSeenPorts['keyValues'], sources: readonly string[]) => {
  const read = [];
  for (let start = 0; start < sources.length; start += AT_ONCE)
    read.push(...(await keyValues.readAll(sources.slice(start, start + AT_ONCE).map(traceKey))));
  return read;
};

/** Whether a source needs a look: the last webhook that it sent today was refused. */
export const isRefused = ({ refused, lastAcceptedAt, ignored }: SourceSeen): boolean =>
  refused !== undefined &&
  refused.today > 0 &&
  [lastAcceptedAt, ignored?.lastAt].every((at) => at === undefined || at < refused.lastAt);
