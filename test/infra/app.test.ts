import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import bridge from '../../bridge.config.ts';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { withHook } from '../../functions/config.ts';
import { stageOf } from '../../infra/context.ts';
import { functionNames } from './synthesised.ts';

// Runs the program behind `npm run synth` as the CDK's command runs it.

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/alarms.md'), 'utf8');

const synthesised = async (folder: string): Promise<void> => {
  const context = { ...cdkJson.context, '@aws-cdk/core:validateAgainstDefaultRules': false };
  await run(process.execPath, ['infra/app.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
};

describe('a second deploy, without a flag', () => {
  const places = ['first', 'second'].map((name) => mkdtempSync(join(tmpdir(), `aftercall-synth-${name}-`)));
  const folders = places.map((place) => join(place, 'cdk.out'));
  // Two whole synths. On a busy machine one synth takes half a minute.
  beforeAll(() => Promise.all(folders.map(synthesised)), 180_000);
  afterAll(() => places.forEach((place) => void rmSync(place, { recursive: true })));
  const files = (folder: string, match: RegExp) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => match.test(path))
      .sort();
  const DEPLOYED = /\.template\.json$|\.assets\.json$|^asset\.\w+\/./;

  test('finds every byte of templates and assets as the first had it', () => {
    const [first = [], second = []] = folders.map((folder) => files(folder, DEPLOYED));
    expect(first.length).toBeGreaterThan(functionNames.length + 2);
    expect(second).toEqual(first);
    for (const path of first) {
      const [one, other] = folders.map((folder) => readFileSync(join(folder, path)));
      expect(one?.equals(other ?? Buffer.alloc(0)), path).toBe(true);
    }
  });

  test('uploads no source map; they stand beside the assets', () => {
    for (const folder of folders) {
      expect(files(folder, /^asset\..*\.map$/)).toEqual([]);
      const maps = files(folder, /^source-maps\/.*\.map$/);
      for (const name of functionNames) expect(maps).toContain(`source-maps/${name}/index.mjs.map`);
      expect(maps).toContain('source-maps/store/engine-thread.mjs.map');
    }
  });

  test('leads from a place in a stack trace to its source, by the command of docs/alarms.md', async () => {
    const [folder = ''] = folders;
    const [asset = ''] = files(folder, /^asset\..*\/index\.mjs$/).filter((path) =>
      readFileSync(join(folder, path), 'utf8').includes('not swept'),
    );
    const before = readFileSync(join(folder, asset), 'utf8').split('not swept')[0] ?? '';
    const [line, column] = [before.split('\n').length, before.length - before.lastIndexOf('\n')];
    const command = /^node -e "((?:.|\n)*?)"$/m.exec(page)?.[1]?.replace('31, 4711', `${line}, ${column}`) ?? '';
    const { stdout } = await run(process.execPath, ['-e', command], { cwd: places[0] });
    expect(stdout).toMatch(/fileName: '.*functions\/core\/tend\/sweep-overdue\.ts'/);
  });

  test('has as many alarms as docs/alarms.md says they cost', () => {
    const [template = ''] = files(folders[0] ?? '', /\.template\.json$/);
    const { Resources } = JSON.parse(readFileSync(join(folders[0] ?? '', template), 'utf8'));
    const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
    const alarms = types.filter((type) => type === 'AWS::CloudWatch::Alarm').length;
    expect(page).toContain(
      `there are ${alarms} alarms, one of them for each of ${Object.keys(withHook(bridge.sources)).length} sources with a hook`,
    );
  });
});

describe('the command line', () => {
  const stage = (context: Record<string, unknown>) => stageOf(new App({ context: { ...cdkJson.context, ...context } }));

  test('names the stage, which is prod where it does not', () => {
    expect([stage({}), stage({ stage: 'dev' })]).toEqual(['prod', 'dev']);
  });

  test.each([
    ['publicUrl', 'https://calls.example.com', "stages: { 'dev': { publicUrl: 'https://calls.example.com' } }"],
    ['ffmpegLayerArn', 'arn:…', "ffmpegLayerArn: 'arn:aws:lambda:…:layer:aftercall-ffmpeg:1'"],
    ['domain', 'calls.example.com', "stages: { 'dev': { domain: { name: 'calls.example.com'"],
    ['throttle', '9', 'throttle: { requestsPerSecond: 500, burst: 1000 }'],
    ['concurrency', '9', 'concurrency: { store: 3, send: 3 }'],
    ['storeConcurrency', '9', 'concurrency: { store: 3 }'],
    ['receiveReservedConcurrency', '9', 'concurrency: { receive: 20 }'],
    ['retentionDays', '90', 'retentionDays: 30'],
    ['alarms', 'ops@example.com', "alarms: { email: 'ops@example.com' }"],
  ])('cannot set %s, which the next deploy would take back, and is told what to write', (name, value, line) => {
    const set = () => stage({ stage: 'dev', [name]: value });
    expect(set).toThrow(`-c ${name} is not read`);
    expect(set).toThrow(line);
  });
});
