import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders whose files run in seconds: they start no server, no process and no thread, and change no environment. */
const UNIT = ['test/*.test.ts', 'test/{core,http,sources}/**/*.test.ts'];

/** Files that take a minute or more, mostly of waiting. They begin first, so that the others run meanwhile. */
const LONG = [
  ...['world/fair', 'world/console', 'world/long-call', 'world/operator', 'local/start', 'local/chaos/chaos'],
  ...['world/console-live', 'world/canaries', 'audio/bombs'],
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(`/test/${name}.test.ts`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const LIMITS = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // For the processes that tests start: without a cache, half of their time goes into compiling the same files.
  env: {
    // A developer's own `.env` must not change a test.
    AFTERCALL_ENV_FILE: '/dev/null',
    NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/aftercall/compiled', import.meta.url)),
  },
};

/** `npx vitest run --project unit` while you write code; `npm test` runs both projects. */
export default defineConfig({
  test: {
    // For two cores: many tests of the project `world` wait most of their time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
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
