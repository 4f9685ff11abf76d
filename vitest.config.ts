import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Folders whose files run in seconds: they start no server, no process and no thread, and change no environment. */
const UNIT = ['test/*.test.ts', 'test/{core,http,sources}/**/*.test.ts'];

const LIMITS = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // For the processes that tests start: without a cache, half of their time goes into compiling the same files.
  env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/aftercall/compiled', import.meta.url)) },
};

/** `npx vitest run --project unit` while you write code; `npm test` runs both projects. */
export default defineConfig({
  test: {
    // The machines that run the tests have two cores, and a world uses more than one process.
    maxWorkers: 2,
    coverage: { include: ['functions/**', 'cli/**', 'infra/**', 'local/**'], reporter: ['text-summary', 'html'] },
    projects: [
      {
        test: { name: 'unit', include: UNIT, isolate: false, ...LIMITS },
      },
      {
        test: {
          name: 'world',
          include: ['test/**/*.test.ts'],
          exclude: UNIT,
          isolate: false,
          setupFiles: ['test/fresh-modules.ts'],
          ...LIMITS,
        },
      },
    ],
  },
});
