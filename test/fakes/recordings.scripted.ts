import { Readable } from 'node:stream';
import type { Begun, Fetched, Recordings } from '../../functions/core/ports/ports.ts';
import type { FurtherRecording } from '../../functions/core/ports/source.ts';

/** A download that turns out to be slow, and its result where the download may go on. */
export interface SlowDownload {
  kind: 'slow';
  comesTo: Fetched<Uint8Array>;
  /** Runs during the download. */
  meanwhile?: () => Promise<void>;
}

export interface ScriptedRecordings extends Recordings {
  /** The fetched URLs, in order. */
  fetched: string[];
  /** The earlier part that each download was given, with its bytes. */
  begun: (string | undefined)[];
}

/** A download that ends early, after these bytes, and can be resumed. */
export interface BrokenDownload {
  kind: 'broken';
  brought: string;
  begun: Omit<Begun, 'bytes'>;
  comesTo: Fetched<never>;
}

export type Download = Fetched<Uint8Array> | SlowDownload | BrokenDownload;

/**
 * Scripted sources: each download or question takes the next answer, and the last answer repeats. A question's answer
 * is the JSON that its `read` gets.
 */
export const scriptedRecordings = ({
  downloads = [],
  answers = [],
  further = [],
  hasLength = true,
}: {
  downloads?: readonly Download[];
  answers?: readonly Fetched<unknown>[];
  /** The call's other recordings at the source; the source lists them for the announced recording only. */
  further?: readonly FurtherRecording[];
  /** Whether the source gives the number of bytes before it sends them. */
  hasLength?: boolean;
}): ScriptedRecordings => {
  const fetched: string[] = [];
  const resumed: (string | undefined)[] = [];
  const nextDownload = script(downloads);
  const nextAnswer = script(answers);
  return {
    fetched,
    begun: resumed,
    async download({ id, media }, _plan, into, lease, { onSlow, begun } = {}) {
      lease.throwIfAborted();
      const others = further.length > 0 && further.every((each) => each.id !== id) ? { further } : {};
      fetched.push(media.kind === 'url' ? media.url : 'asked of the source');
      const prefix = begun && Buffer.concat(await (await begun.read()).toArray()).toString();
      resumed.push(prefix);
      const next = nextDownload();
      if (next.kind === 'broken') {
        const whole = Buffer.from((prefix ?? '') + next.brought);
        await into(Readable.from([whole]), next.begun.length);
        if (next.comesTo.kind === 'fetched') throw new Error('a broken download fetches nothing');
        return { ...next.comesTo, begun: { ...next.begun, bytes: whole.length } };
      }
      if (next.kind === 'slow') {
        const reason = await onSlow?.();
        if (reason !== undefined) return { kind: 'gave-way', reason };
        await next.meanwhile?.();
      }
      const answer = next.kind === 'slow' ? next.comesTo : next;
      if (answer.kind !== 'fetched') return { ...answer, ...others };
      const whole = Buffer.concat([Buffer.from(prefix ?? ''), answer.value]);
      const value = await into(Readable.from([whole]), hasLength ? whole.length : undefined);
      return { kind: 'fetched', value, ...others };
    },
    async ask({ url, read }) {
      fetched.push(url);
      const answer = nextAnswer();
      if (answer.kind !== 'fetched') return answer;
      const value = read(answer.value);
      return value === undefined ? { kind: 'rejected', reason: 'the source does not say' } : { kind: 'fetched', value };
    },
  };
};

const script = <T>(steps: readonly T[]) => {
  let at = 0;
  return (): T => {
    const step = steps[Math.min(at++, steps.length - 1)];
    if (step === undefined) throw new Error('nothing was scripted');
    return step;
  };
};
