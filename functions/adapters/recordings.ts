import type { Recordings } from '../core/ports/ports.ts';

/** Recordings at URLs, and recordings in buckets: each kind has a reader of its own. */
export const recordingsFrom = (http: Recordings, s3: Pick<Recordings, 'download'>): Recordings => ({
  download: (recording, ...rest) => (recording.media.kind === 'object' ? s3 : http).download(recording, ...rest),
  ask: http.ask,
});
