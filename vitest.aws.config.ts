import { defineConfig } from 'vitest/config';

/** `npm run test:aws`: the adapters' contracts and the main job against a real account. test/aws/run.ts starts it. */
export default defineConfig({
  test: {
    include: [
      'test/aws/**/*.aws.ts',
      'test/adapters/audio-store.s3.test.ts',
      'test/adapters/ledger.dynamodb.test.ts',
      'test/adapters/ledger.dynamodb-rows.test.ts',
      'test/adapters/key-value-store.test.ts',
      'test/adapters/queues.sqs.test.ts',
    ],
    globalSetup: ['test/aws/global-setup.ts'],
    setupFiles: ['test/aws/setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // All files share one table, and each empties it first.
    maxWorkers: 1,
  },
});
