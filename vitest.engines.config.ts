import { defineConfig } from 'vitest/config';

/** `npm run test:engines`: tests that stand on S3, SQS, DynamoDB and SSM, against moto in place of the embedded emulators. */
export default defineConfig({
  test: {
    include: [
      'test/engines/**/*.engines.ts',
      'test/aws/**/*.engines.ts',
      'test/adapters/audio-store.s3.test.ts',
      'test/adapters/consumer.sqs.test.ts',
      'test/adapters/ledger.dynamodb.test.ts',
      'test/adapters/ledger.dynamodb-rows.test.ts',
      'test/adapters/key-value-store.test.ts',
      'test/adapters/queues.sqs.test.ts',
      'test/adapters/queues.sqs-depths.test.ts',
      'test/world/path.test.ts',
    ],
    globalSetup: ['test/engines/global-setup.ts'],
    setupFiles: ['test/engines/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
