import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OPERATIONS } from '../../functions/http/openapi-operations.ts';
import { pythonTool } from '../tools/python-tool.ts';
import { type Surface, startSurface } from './bridge.ts';

// `npm run test:http`: schemathesis asks a running bridge for everything that its OpenAPI document offers, and for much that it
// does not, and compares every answer with the document. Seeds are fixed, so that a run can be repeated.

const { values: given } = parseArgs({ options: { examples: { type: 'string' }, seed: { type: 'string' } } });
// A stranger's key is wrong, and each wrong key is answered later than the one before, up to two seconds: few requests, and no
// chains of them, since none gets far enough for a second.
const PASSES = [
  { name: 'as a stranger', authenticated: false, examples: 5 },
  { name: 'with the key and signatures', authenticated: true, examples: Number(given.examples ?? 60) },
] as const;
const SEED = Number(given.seed ?? 1);

/** Answered well in test/http/openapi-answers.test.ts: schemathesis leaves out where it has the document from, and cannot sign a URL. */
const ELSEWHERE = ['GET /openapi.json', 'GET /hooks/{source}'];

/** How often each operation (`GET /memos`) was answered with each status. */
type Seen = Readonly<Record<string, Readonly<Record<string, number>>>>;

const program = await pythonTool('schemathesis');
const surface = await startSurface();
const failures: string[] = [];
for (const pass of PASSES) {
  console.log(`\n${pass.name}, seed ${SEED}`);
  const { code, seen } = await schemathesis(surface, pass);
  if (code !== 0)
    failures.push(`${pass.name}: schemathesis found answers that are not as the document has them, see above`);
  if (pass.authenticated) failures.push(...notSeen(seen));
  const asked = Object.values(seen).flatMap((statuses) => Object.values(statuses));
  console.log(`${asked.reduce((sum, each) => sum + each, 0)} requests`);
}
await surface.stop();
for (const failure of failures) console.error(`✗ ${failure}`);
if (failures.length === 0) console.log('✓ every answer was as the document has it, and each good one was seen');
process.exit(failures.length === 0 ? 0 : 1);

async function schemathesis(
  { url, apiKey, secret, data }: Surface,
  { authenticated, examples }: (typeof PASSES)[number],
) {
  const seenFile = join(data, 'seen.json');
  copyFileSync(here('schemathesis.toml'), join(data, 'schemathesis.toml')); // it writes its caches beside its configuration
  const options = [
    ...['--config-file', 'schemathesis.toml', 'run', `${url}/openapi.json`, '--no-color', '--warnings', 'off'],
    ...['--seed', String(SEED), '--max-examples', String(examples)],
    ...(authenticated ? ['--header', `Authorization: Bearer ${apiKey}`] : ['--phases', 'examples,coverage,fuzzing']),
  ];
  const environment = {
    SURFACE_AUTHENTICATED: authenticated ? 'yes' : 'no',
    SURFACE_SECRET: secret,
    SURFACE_SEEN: seenFile,
    SCHEMATHESIS_HOOKS: here('hooks.py'),
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const child = spawn(program, options, { cwd: data, stdio: 'inherit', env: { ...process.env, ...environment } });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (ended) => resolve(ended ?? 1));
  });
  // Written by hooks.py, in this shape.
  return { code, seen: JSON.parse(readFileSync(seenFile, 'utf8')) as Seen };
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** What was never answered well was not tried: its requests were all refused. */
function notSeen(seen: Seen): string[] {
  return OPERATIONS.flatMap(({ method, path, answers }) => {
    const label = `${method.toUpperCase()} ${path.replace(/:(\w+)/g, '{$1}')}`;
    const good = Object.keys(answers).filter((status) => status.startsWith('2'));
    if (ELSEWHERE.includes(label)) return [];
    return good.filter((status) => !seen[label]?.[status]).map((status) => `${label} was never answered ${status}`);
  });
}
