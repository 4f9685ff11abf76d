import type { AudioStore } from '../core/ports/ports.ts';

/**
 * S3's `put`, for a function that needs S3 seldom: the SDK's client is loaded by the first `put`, and not before the
 * first answer.
 */
export const lazyAudioStore = (options: { bucket: string }): Pick<AudioStore, 'put'> => {
  let store: AudioStore | undefined;
  return {
    async put(...given) {
      if (!store) {
        const [{ s3AudioStore }, { s3Client }] = await Promise.all([
          import('./audio-store.s3.ts'),
          import('./aws.s3.ts'),
        ]);
        store ??= s3AudioStore(s3Client(), options);
      }
      return store.put(...given);
    },
  };
};
