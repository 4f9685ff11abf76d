import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: one world (cloud and bridge in a process) per worker keeps the suite's clock honest.
    maxWorkers: 2,
  },
});
