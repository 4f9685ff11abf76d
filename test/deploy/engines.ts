import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Stage } from './stage.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The fields of vitest's JSON report that this file reads. */
const reportSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numTotalTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), title: z.string(), fullName: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

/** Runs `npm run test:engines`: the adapters' contracts and the path against moto. docs/second-cloud.md */
export const engines = (): Stage => ({
  name: 'contracts run against the second cloud',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'aftercall-engines-'));
    try {
      const file = join(folder, 'report.json');
      const said = await runVitest(file);
      const text = await readFile(file, 'utf8').catch(() => undefined);
      if (text === undefined) return { ok: false, lines: [`MISS the tests did not run: ${said}`] };
      const report = reportSchema.parse(JSON.parse(text));
      return { ok: report.success && report.numPassedTests > 0, lines: linesOf(report) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

const runVitest = async (report: string): Promise<string> => {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const how = ['run', '--config', 'vitest.engines.config.ts', '--reporter=json', `--outputFile=${report}`];
  const child = spawn(process.execPath, [vitest, ...how], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (words) => (said = (said + words).slice(-5000)));
  await once(child, 'close');
  return said;
};

const linesOf = ({ testResults, numPassedTests, numTotalTests }: z.infer<typeof reportSchema>): string[] => [
  `${numPassedTests} of ${numTotalTests} tests hold against moto`,
  testResults
    .map(({ name, assertionResults }) => `${nameOf(name)} ${assertionResults.length}`)
    .sort()
    .join(', '),
  ...testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ title }) => title.startsWith('moto: ')).map(({ title }) => title),
  ),
  ...testResults.flatMap(({ name, message, assertionResults }) => [
    ...(message ? [`MISS ${nameOf(name)}: ${message}`] : []),
    ...assertionResults
      .filter(({ status }) => status !== 'passed')
      .map(({ fullName, failureMessages }) => `MISS ${fullName}: ${failureMessages[0]?.split('\n')[0]}`),
  ]),
];

const nameOf = (file: string): string => basename(file).replace(/\.(test|engines)\.ts$/, '');
