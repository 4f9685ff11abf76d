// `npm run verify:deploy`: does what docs/verify-deploy.md says. Exits with 1 on any miss.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { synthesiseClone } from './clone.ts';
import { type Context, STACK } from './context.ts';
import { engines } from './engines.ts';
import type { UsageByFunction } from './lambda/function.ts';
import { roles } from './roles.ts';
import { RUNTIME_CLIENT, runtimeClient } from './runtime-client.ts';
import type { Stage, StageResult } from './stage.ts';
import { events } from './stages/events.ts';
import { idle } from './stages/idle.ts';
import { lifecycle } from './stages/lifecycle.ts';
import { longCallStage } from './stages/long-call.ts';
import { mainJob } from './stages/main-job.ts';
import { newObjects } from './stages/new-objects.ts';
import { lint, nag } from './stages/template.ts';
import { rowOf, usageRows } from './table.ts';
import { readTemplate, type Template } from './template.ts';

/** What a machine may lack, by the names that `--without` takes. */
const OPTIONAL = ['ric', 'moto', 'cfn-lint'] as const;
type Optional = (typeof OPTIONAL)[number];

const inProject = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const main = async (): Promise<number> => {
  const startedMs = Date.now();
  const without = readArguments();
  const usageByFunction: UsageByFunction = new Map();
  const ric = without.has('ric') ? undefined : settled(runtimeClient());
  await synthesise();
  const template = readTemplate(inProject('cdk.out'), STACK);
  const clone = synthesiseClone();
  clone.catch(() => {}); // each stage that needs the clone reports the error
  const withBuckets = () => clone;

  let isComplete = true;
  const report = (name: string, { lines, ok }: StageResult) => {
    isComplete &&= ok;
    console.log(rowOf(name, lines));
  };
  const run = async (stage: Stage, known?: Optional) => report(stage.name, await resultOf(stage, known));
  const underRuntimeClient = async (stages: (context: Context) => Stage[]) => {
    const found = await ric;
    if (!found || 'error' in found) return;
    for (const stage of stages({ runtimeClient: found.value, template, usageByFunction })) await run(stage);
  };
  const unless = async (name: Optional, stages: readonly Stage[]) => {
    for (const stage of stages) {
      if (without.has(name)) console.log(rowOf(stage.name, [`not run: --without ${name}`]));
      else await run(stage, name);
    }
  };

  // These stages run before the functions run, while the runtime client is built: a synth blocks this process, and the
  // functions' cloud is in this process.
  await Promise.all([run(idle({ template })), run(nag).then(() => unless('cfn-lint', [lint]))]);
  // The lanes run at the same time; in a lane, one stage runs after the other. So both processors work most of the
  // time.
  await Promise.all([
    unless('moto', motoStages(template, withBuckets)),
    underRuntimeClient((context) => [mainJob(context), events(context)]),
    underRuntimeClient((context) => [longCallStage(context), lifecycle(context), newObjects(context, withBuckets)]),
  ]);
  const client = await ric;
  if (!client) console.log(rowOf('built functions', ['not run: --without ric']));
  else if ('error' in client)
    report('built functions', { ok: false, lines: [`MISS ${client.error}`, ...ifKnown('ric')] });
  else report(`under ${RUNTIME_CLIENT}`, usageRows(template, usageByFunction));
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  const notRun = without.size > 0 ? `; not run: ${[...without].join(', ')}` : '';
  console.log(`${isComplete ? 'all that ran holds' : 'NOT ALL HOLDS: see MISS above'}${notRun} (${seconds} s)`);
  return isComplete ? 0 : 1;
};

/** The stages that need moto. */
const motoStages = (template: Template, withBuckets: () => Promise<Template>): Stage[] => [
  roles({ template, withBuckets }),
  engines(),
];

/** @throws Error for an option that is unknown */
const readArguments = (): Set<Optional> => {
  const { values } = parseArgs({ options: { without: { type: 'string', multiple: true, default: [] } } });
  const unknown = values.without.filter((name) => !OPTIONAL.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`--without takes ${OPTIONAL.join(', ')}, and not ${unknown.join(', ')}`);
  return new Set(OPTIONAL.filter((name) => values.without.includes(name)));
};

const synthesise = async (): Promise<void> => {
  try {
    await promisify(execFile)('npm', ['run', 'synth'], { cwd: inProject('.'), maxBuffer: 100_000_000 });
  } catch (error) {
    const { stdout, stderr } = error as Error & { stdout?: string; stderr?: string }; // execFile rejects with these
    throw new Error(`npm run synth failed:\n${stdout ?? ''}${stderr ?? error}`);
  }
};

const resultOf = async (stage: Stage, known?: Optional): Promise<StageResult> => {
  try {
    return await stage.run();
  } catch (error) {
    return { ok: false, lines: [`MISS ${messageOf(error)}`, ...(known ? ifKnown(known) : [])] };
  }
};

const ifKnown = (name: Optional): string[] => [`if this is known: npm run verify:deploy -- --without ${name}`];

/** Never rejects, because the caller may await the result much later. */
const settled = <T>(promise: Promise<T>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: messageOf(error) }),
  );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// The default action of these signals would skip the exit handlers, which end the functions' processes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

try {
  process.exitCode = await main();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
