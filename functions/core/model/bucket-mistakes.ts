import type { RecordingBucket } from './bucket.ts';
import { didYouMean } from './mistakes.ts';

type Buckets = readonly RecordingBucket[] | undefined;
interface Named {
  sources: Readonly<Record<string, { classifyObject?: unknown }>>;
  buckets?: Buckets;
  stages?: Readonly<Record<string, { buckets?: Buckets }>>;
}

/** Entries of `buckets` that name a source which does not exist, or which takes webhooks. */
export const bucketMistakes = ({ sources, buckets, stages }: Named): string[] => {
  const lists = [['buckets', buckets] as const, ...stagesOf(stages)];
  return lists.flatMap(([path, list]) =>
    (Array.isArray(list) ? (list as readonly Partial<RecordingBucket>[]) : []).flatMap((entry, index) => {
      const name = entry?.source;
      if (typeof name !== 'string') return []; // the schema says what else is wrong
      const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
      if (source?.classifyObject) return [];
      const mistake = source
        ? `${name} takes webhooks, and no objects: leave source out`
        : `there is no source ${name}${didYouMean(name, Object.keys(sources))}`;
      return [`${path}.${index}.source: ${mistake}`];
    }),
  );
};

const stagesOf = (stages: Named['stages']) =>
  Object.entries(stages ?? {}).map(([stage, rules]) => [`stages.${stage}.buckets`, rules?.buckets] as const);
