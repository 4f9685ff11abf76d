import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach } from 'vitest';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';
import { type AwsAccount, awsAccount } from './aws-account.ts';
import { type LinqAccount, linqAccount } from './linq-account.ts';
import { running } from './running.ts';

export interface CdkCall {
  args: string[];
  region: string;
  path: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Answers = Readonly<Record<string, { prints?: string; code?: number }>>;

const [STAND_IN, ENTRY] = ['cdk-stand-in.ts', 'deploy-process.ts'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
) as [string, string]; // as many texts as names

/** An account, a Linq and a deployed bridge on loopback; the command runs as a process with a stand-in for the CDK. */
export const deploying = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aftercall-deploy-'));
  const [aws, linq]: [AwsAccount, LinqAccount] = [await awsAccount(), await linqAccount()];
  linq.lines = [{ phone_number: '+12025550100', status: 'HEALTHY' }];
  const refused = json(401, { error: { code: 'not_authentic', message: 'no' } });
  const well = json(200, { ok: true, up: {}, memos: [] });
  const api: ScriptedHttp = await scriptedHttp((asked, response) =>
    (asked.url.startsWith('/hooks/') ? refused : well)(asked, response),
  );
  const script = join(folder, 'script.json');
  const environment = () => ({
    ...aws.environment,
    LINQ_API_V3_BASE_URL: linq.server.origin,
    CDK_SCRIPT: script,
    NO_COLOR: '1',
    HOME: folder,
  });

  return {
    aws,
    linq,
    api,
    environment,
    /** Prepares everything that a stage needs before it is deployed. */
    prepare(stage = 'prod') {
      aws.parameters.set('/cdk-bootstrap/hnb659fds/version', '28');
      aws.parameters.set(`/aftercall/${stage}/LINQ_API_V3_API_KEY`, linq.key);
      aws.parameters.set(`/aftercall/${stage}/AFTERCALL_API_KEY`, 'canary-of-the-api-key');
      aws.parameters.set(`/aftercall/${stage}/LINQ_WEBHOOK_SECRET`, 'whsec_canaryOfLinqcanaryOfLinqcanary');
      aws.parameters.set(`/aftercall/${stage}/TWILIO_AUTH_TOKEN`, 'canary-of-twilio');
      aws.parameters.set(`/aftercall/${stage}/URL`, api.origin);
    },
    /** Sets the CDK's answers from now on, and forgets its earlier calls. */
    cdk(answers: Answers = {}, outputs: Record<string, Record<string, string>> = {}) {
      writeFileSync(script, JSON.stringify({ folder, answers, outputs }));
      rmSync(join(folder, 'calls'), { force: true });
    },
    calls(): CdkCall[] {
      const file = join(folder, 'calls');
      if (!existsSync(file)) return [];
      return readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    },
    /**
     * Runs the command in this process.
     * @param changed variables that differ; undefined removes a variable
     * @param typed what a person types; without it, nobody is at the terminal
     */
    async run(argv: readonly string[], changed: Environment = {}, typed?: string[]) {
      const all = { ...environment(), ...changed };
      const before = { ...process.env };
      // The SDKs read the variables of the process.
      for (const [name, value] of Object.entries(all)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      try {
        return await running(argv, { environment: { ...process.env }, cdk: STAND_IN, ...(typed && { typed }) });
      } finally {
        for (const name of Object.keys(all)) delete process.env[name];
        Object.assign(process.env, before);
      }
    },
    /** Runs the command as a process of its own. */
    async spawn(argv: readonly string[], changed: Environment = {}) {
      const all = Object.entries({ PATH: '/usr/bin:/bin', ...environment(), ...changed });
      const env = Object.fromEntries(all.filter(([, value]) => value !== undefined));
      const child = spawn(process.execPath, [ENTRY, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const said = { out: '', err: '' };
      child.stdout.on('data', (chunk) => (said.out += chunk));
      child.stderr.on('data', (chunk) => (said.err += chunk));
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
      return { code, ...said };
    },
    async stop() {
      await Promise.all([aws.server.stop(), linq.server.stop(), api.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** The same for a test file: before each test, the stage `prod` can be deployed, and the CDK has not been called. */
export const deployingProd = async () => {
  const world = await deploying();
  afterAll(() => world.stop());
  beforeEach(() => {
    world.aws.reset();
    world.prepare();
    const outputs = { BaseUrl: world.api.origin, Dashboard: 'https://console/dashboard', HookUrltwilio: 'x' };
    world.cdk({}, { 'Aftercall-prod': outputs });
  });
  return { ...world, subcommands: () => world.calls().map(({ args }) => args[0]) };
};
export const DEPLOY = ['deploy', '--stage', 'prod', '--yes'];
