import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findAccount } from './account.ts';
import { deleteAll, findLeftovers } from './leftovers.ts';
import { newRunId } from './names.ts';

// `npm run test:aws`: runs the tests of vitest.aws.config.ts against a real account, and deletes everything that they
// made.
// `npm run test:aws -- --clean`: deletes what killed runs have left.
process.env.AWS_EC2_METADATA_DISABLED ??= 'true'; // outside EC2 nobody would answer a request for metadata

const account = await findAccount(process.env);
if (account.kind === 'not-run') {
  console.log(`Not run: ${account.reason}.`);
  if (!process.argv.includes('--clean')) {
    console.log('None of these tests has run, and nothing is known of AWS by them:');
    process.exitCode = await vitest(['list', '--staticParse=false', '--isolate=false'], (line) =>
      console.log(`  not run: ${line}`),
    );
  }
} else if (process.argv.includes('--clean')) {
  await clean(account.region);
} else {
  process.exitCode = await run(account.region);
}

/** Runs the tests, and deletes what they made, also after a failure. Ctrl-C ends the tests, but not the deletion. */
async function run(region: string): Promise<number> {
  const id = newRunId();
  console.log(
    `Run ${id} in ${region}. Everything that it makes is called aftercall-test-${id}-… and is deleted at its end.`,
  );
  const given = process.argv.slice(2);
  const stop = () => console.log(`Stopping. What run ${id} has made is deleted first; this may take a minute.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const code = await vitest(['run', ...given], undefined, { AFTERCALL_TEST_RUN: id, AWS_REGION: region });
  try {
    await clean(region, id);
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : error}\nDelete the rest with: npm run test:aws -- --clean`,
    );
    return 1;
  }
  return code;
}

/**
 * A resource that a test was making when it ended may appear only after the first look. So this looks again until it
 * finds nothing new.
 */
async function clean(region: string, id?: string): Promise<void> {
  const deleted = new Set<string>();
  for (let looks = 0; looks < 10; looks += 1) {
    // AWS lists a queue for up to a minute after its deletion.
    const found = (await findLeftovers(region, id)).filter(({ kind, name }) => !deleted.has(`${kind} ${name}`));
    if (found.length === 0 && looks > 0) break;
    for (const { kind, name } of found) {
      console.log(`  deleting ${kind} ${name}`);
      deleted.add(`${kind} ${name}`);
    }
    await deleteAll(found);
    await sleep(1000);
  }
  console.log(`${deleted.size} resources deleted in ${region}, none left.`);
}

/** @returns the exit code; 1 if a signal ended the tests */
function vitest(
  given: readonly string[],
  onLine?: (line: string) => void,
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const program = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, ...given, '--config', 'vitest.aws.config.ts'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, ...environment },
    stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit'],
  });
  // Ctrl-C in a terminal reaches the child process too. A signal from another program reaches only this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  if (onLine) {
    let rest = '';
    child.stdout?.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line) onLine(line);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
