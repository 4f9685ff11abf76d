import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { bundle, writeFiles } from '../../infra/bundle.ts';
import type { FunctionName } from '../../infra/secrets.ts';
import { evaluatedAtStart } from '../evaluated.ts';
import { type Figure, valuesOf } from '../report/figure.ts';
import type { Row } from './row.ts';

const NAMES: readonly FunctionName[] = ['receive', 'store', 'send', 'api', 'tend'];

const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  AFTERCALL_STAGE: 'bench',
  BUCKET: 'bucket',
  TABLE: 'table',
  PUBLIC_URL: 'https://calls.example.com',
  RECORDINGS_QUEUE_URL: 'https://sqs.example.com/1/recordings',
  RECORDINGS_DLQ_URL: 'https://sqs.example.com/1/recordings-dead',
  MEMOS_QUEUE_URL: 'https://sqs.example.com/1/memos',
  MEMOS_DLQ_URL: 'https://sqs.example.com/1/memos-dead',
  RETENTION_DAYS: '30',
  SECRETS_PREFIX: '/aftercall/bench/',
};

/** The import of each built function in a fresh process: what a cold start adds to Lambda's own work. */
export const coldStarts: Row = async ({ short }) => {
  const folder = mkdtempSync(join(tmpdir(), 'aftercall-bench-'));
  try {
    const receive = bundle('receive');
    for (const name of NAMES) writeFiles((name === 'receive' ? receive : bundle(name)).files, join(folder, name));
    const floor = buildFloor(folder);
    const times: Record<string, { wall: number[]; processor: number[] }> = {};
    const subjects = ['floor', ...NAMES];
    for (let run = 0; run < (short ? 2 : 20); run += 1)
      for (const subject of run % 2 ? subjects.toReversed() : subjects) {
        const imported = importOnce(join(folder, subject, 'index.mjs'));
        times[subject] ??= { wall: [], processor: [] };
        times[subject].wall.push(imported.wall);
        times[subject].processor.push(imported.processor);
      }
    const of = (subject: string, kind: 'wall' | 'processor') => valuesOf(times[subject]?.[kind] ?? []);
    const figures: Record<string, Figure> = {
      importReceive: { floor: of('floor', 'wall'), ours: of('receive', 'wall') },
      importReceiveProcessor: { floor: of('floor', 'processor'), ours: of('receive', 'processor') },
      evaluatedKilobytes: { floor: valuesOf([floor / 1000]), ours: valuesOf([evaluatedAtStart(receive).bytes / 1000]) },
    };
    for (const name of NAMES.slice(1)) figures[`cold-${name}`] = { ours: of(name, 'wall') };
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** One file by esbuild's ordinary settings for Node. @returns its bytes */
const buildFloor = (folder: string): number => {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('floor-receive.ts', import.meta.url))],
    outfile: join(folder, 'floor/index.mjs'),
    platform: 'node',
    format: 'esm',
    target: 'node24',
    bundle: true,
    minify: true,
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    write: false,
    logLevel: 'error',
  });
  writeFiles(new Map(outputFiles.map(({ contents }) => ['index.mjs', contents])), join(folder, 'floor'));
  return outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
};

const importOnce = (file: string): { wall: number; processor: number } => {
  const script = `const cpu = process.cpuUsage(); const begun = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ wall: performance.now() - begun, processor: (user + system) / 1000 })); process.exit();`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: ENVIRONMENT,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};
