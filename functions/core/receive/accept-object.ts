import { bucketOf, isSourceBucket, notAllowed, type RecordingBucket } from '../model/bucket.ts';
import type { ObjectCreated } from '../model/object-created.ts';
import type { Clock, StepVerdict } from '../ports/ports.ts';
import type { Source } from '../ports/source.ts';
import type { LeaveTrace } from './leave-traces.ts';
import { type Taken, type TakeRecordingsPorts, takeRecordings } from './take-recordings.ts';

export interface AcceptObjectPorts extends TakeRecordingsPorts {
  sources: Readonly<Record<string, Source>>;
  /** The buckets of the configuration. An object is an event only below the prefix of an entry that names a source. */
  buckets: readonly RecordingBucket[];
  clock: Clock;
  /** An object that makes no memo leaves a trace at the source whose bucket it lies in, as a webhook does. */
  leaveTrace: LeaveTrace;
}

/**
 * The step of a new object in a bucket: finds its source, reads the recording that the object is, routes it and puts it on the queue, as
 * `acceptEvent` does with a webhook. An object that no source takes is refused with the reason, and never read.
 * @throws AftercallError `unavailable` when the queue may not hold the recording; the event then comes again
 */
export const acceptObject =
  (ports: AcceptObjectPorts) =>
  async (event: ObjectCreated): Promise<StepVerdict> => {
    const found = sourceOf(ports, event);
    const taken = 'reason' in found ? found : await take(ports, event, found);
    const owner = ownerOf(ports.buckets, event);
    logTaken(ports, owner, taken);
    await leaveTrace(ports, owner, taken);
    return { kind: 'done', outcome: taken.kind };
  };

type Refusal = { kind: 'refused'; reason: string };
type Found = { name: string; source: Source; classify: NonNullable<Source['classifyObject']> };

const sourceOf = ({ sources, buckets }: AcceptObjectPorts, { account, detail }: ObjectCreated): Found | Refusal => {
  const { bucket, object } = detail;
  const own = buckets.filter(isSourceBucket);
  const entry = bucketOf({ bucket: bucket.name, key: object.key }, own);
  if (!entry) return { kind: 'refused', reason: notAllowed(bucket.name, own) };
  if (entry.account !== undefined && entry.account !== account)
    return { kind: 'refused', reason: `the bucket ${bucket.name} is in another account than buckets says` };
  const source = Object.hasOwn(sources, entry.source) ? sources[entry.source] : undefined;
  const classify = source?.classifyObject;
  if (!classify) return { kind: 'refused', reason: `the source ${entry.source} takes no objects` };
  return { name: entry.source, source, classify };
};

const take = async (ports: AcceptObjectPorts, { detail }: ObjectCreated, found: Found): Promise<Taken> => {
  const { bucket, object } = detail;
  if (object.size === 0) return { kind: 'ignored', reason: 'the object is empty' };
  const { name, source, classify } = found;
  const event = classify({ bucket: bucket.name, ...object }, name);
  if (event.kind === 'not-ready') return { kind: 'ignored', reason: `not ready: ${event.reason}` };
  if (event.kind !== 'recordings') return event;
  return takeRecordings(ports, { name, source, query: {}, nowMs: ports.clock.nowMs() }, event);
};

/** The source of a bucket, for the log and the trace. If the key is outside all prefixes, the bucket's first source. */
const ownerOf = (buckets: readonly RecordingBucket[], { detail: { bucket, object } }: ObjectCreated) => {
  const own = buckets.filter(isSourceBucket).filter(({ name }) => name === bucket.name);
  return (bucketOf({ bucket: bucket.name, key: object.key }, own) ?? own[0])?.source;
};

/** If no configured source has the bucket, no page shows the trace, and only the log has the reason. */
const leaveTrace = async (ports: AcceptObjectPorts, owner: string | undefined, taken: Taken): Promise<void> => {
  if (owner === undefined || !Object.hasOwn(ports.sources, owner) || !('reason' in taken)) return;
  const outcome = taken.kind === 'ignored' ? 'ignored' : 'refused';
  await ports.leaveTrace(owner, { outcome, reason: taken.reason });
};

/** Logs like the answer to a webhook, so that the same metrics count. The object's key is left out, since it may hold a number. */
const logTaken = ({ log }: AcceptObjectPorts, source: string | undefined, taken: Taken): void => {
  const { kind } = taken;
  const reason = 'reason' in taken ? { reason: taken.reason } : {};
  const facts = { step: 'receive', outcome: kind, ...(source !== undefined && { source }), ...reason };
  if (kind === 'accepted' || kind === 'pending' || kind === 'ignored') log.info('object taken', facts);
  else log.warn('object refused', facts);
};
