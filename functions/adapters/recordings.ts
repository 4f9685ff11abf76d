import type { Recordings } from '../core/ports/ports.ts';
import type { ApiQuestion } from '../core/ports/source.ts';

/** Recordings and questions by their addresses: at URLs, in buckets, and at the APIs of AWS. Each kind has a reader of its own. */
export const recordingsFrom = (http: Recordings, s3: Recordings, aws: Pick<Recordings, 'ask'> = http): Recordings => ({
  download: (recording, ...rest) => (recording.media.kind === 'object' ? s3 : http).download(recording, ...rest),
  ask(question, ...rest) {
    const isInBucket = question.url.startsWith('s3:');
    return (isInBucket ? s3 : isOfAws(question) ? aws : http).ask(question, ...rest);
  },
});

const isOfAws = ({ aws }: ApiQuestion<unknown>): boolean => aws !== undefined;
