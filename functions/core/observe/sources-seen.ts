import { traceKey } from '../model/keys.ts';
import { isoTime } from '../model/timing.ts';
import type { TraceSummary } from '../model/traces.ts';
import type { Clock, KeyValueStore, Ledger } from '../ports/ports.ts';
import type { Source } from '../ports/source.ts';
import { summaryOf } from '../store/record-trace.ts';
import { explainRefusal, type Refusal } from './refusal-causes.ts';

/** What came from a source lately, and what became of it. Days are in UTC. */
export interface SourceSeen {
  name: string;
  /** ISO time of the last webhook that made a memo. */
  lastAcceptedAt?: string;
  ignored?: TraceSummary;
  refused?: TraceSummary & Refusal;
}

export interface SourcesSeenPorts {
  ledger: Pick<Ledger, 'list'>;
  keyValues: Pick<KeyValueStore, 'readAll'>;
  /** The configured sources, and the name of the API's own. */
  sources: readonly string[];
  /** Explains refusals. A name that is not here has no webhooks. */
  configured: Readonly<Record<string, Pick<Source, 'secrets' | 'covers'>>>;
  clock: Clock;
}

/** DynamoDB reads a hundred keys at once. */
const AT_ONCE = 100;

/** Reads one row of each source, and the traces of all. */
export const sourcesSeen =
  ({ ledger, keyValues, sources, configured, clock }: SourcesSeenPorts) =>
  async (): Promise<SourceSeen[]> => {
    const lastAcceptedAt = async (source: string) => {
      const [newest] = (await ledger.list({ source }, 1)).memos;
      return newest && (newest.receivedAt ?? newest.createdAt);
    };
    const [accepted, traces] = await Promise.all([
      Promise.all(sources.map(lastAcceptedAt)),
      readTraces(keyValues, sources),
    ]);
    const now = isoTime(clock.nowMs());
    return sources.map((name, index) => {
      const [at, facts = {}] = [accepted[index], traces[index]];
      const ignored = summaryOf(facts, 'ignored', now);
      const refused = summaryOf(facts, 'refused', now);
      return {
        name,
        ...(at !== undefined && { lastAcceptedAt: at }),
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
