import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { STACK } from './context.ts';
import { readTemplate, type Template } from './template.ts';

/**
 * Synthesises a clone of the project in a folder of its own, with the configuration of bridge-with-buckets.ts: the shipped template has
 * no bucket of a user, since only a user can name one. The clone is deleted when this process ends.
 * @throws Error with the words of the CDK
 */
export const synthesiseClone = async (): Promise<Template> => {
  const folder = await mkdtemp(join(tmpdir(), 'aftercall-clone-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  try {
    for (const part of PARTS) await cp(inProject(part), join(folder, part), { recursive: true });
    await symlink(inProject('node_modules'), join(folder, 'node_modules'));
    await rename(join(folder, 'bridge.config.ts'), join(folder, SHIPPED));
    await writeFile(join(folder, 'bridge.config.ts'), await configuration());
    await promisify(execFile)('npm', ['run', 'synth'], { cwd: folder, maxBuffer: 100_000_000 });
    return readTemplate(join(folder, 'cdk.out'), STACK);
  } catch (error) {
    const { stdout, stderr } = error as Error & { stdout?: string; stderr?: string }; // execFile rejects with these
    throw new Error(`npm run synth failed in a clone with buckets:\n${stdout ?? ''}${stderr ?? error}`);
  }
};

const inProject = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The parts of the project that a synth reads. */
const PARTS = ['functions', 'infra', 'bridge.config.ts', 'cdk.json', 'package.json', 'tsconfig.json'];
/** The name of the shipped configuration in the clone. */
const SHIPPED = 'shipped.config.ts';

/** bridge-with-buckets.ts, moved to the top of the clone. */
const configuration = async (): Promise<string> => {
  const text = await readFile(inProject('test/deploy/bridge-with-buckets.ts'), 'utf8');
  return text.replace("'../../bridge.config.ts'", `'./${SHIPPED}'`).replaceAll("'../../", "'./");
};
