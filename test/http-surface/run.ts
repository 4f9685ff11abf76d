import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OPERATIONS } from '../../functions/http/openapi-operations.ts';
import { pythonTool } from '../tools/python-tool.ts';
import { type Surface, startSurface } from './bridge.ts';

// `npm run test:http`: schemathesis calls every operation of the OpenAPI document on a running bridge, sends many
// requests that the document does not allow, and compares every answer with the document. Seeds are fixed, so that a
// run can be repeated.

const { values: given } = parseArgs({ options: { examples: { type: 'string' }, seed: { type: 'string' } } });
// A stranger has no valid key, and the bridge answers each wrong key later than the one before, up to two seconds. So
// this pass makes few requests, and no chains of requests: none of them gets far enough for a second request.
const PASSES = [
  { name: 'as a stranger', authenticated: false, examples: 5 },
  { name: 'with the key and signatures', authenticated: true, examples: Number(given.examples ?? 60) },
] as const;
const SEED = Number(given.seed ?? 1);

/**
 * test/http/openapi-answers.test.ts checks the good answers of these. schemathesis leaves out the document's own
 * address, and cannot sign a URL.
 */
const ELSEWHERE = ['GET /openapi.json', 'GET /hooks/{source}'];

/** By operation, such as `GET /memos`: how often it was answered with each status. */
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
  copyFileSync(here('schemathesis.toml'), join(data, 'schemathesis.toml')); // caches are written beside it
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
  // A cast: hooks.py writes this shape.
  return { code, seen: JSON.parse(readFileSync(seenFile, 'utf8')) as Seen };
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** Lists the good statuses that no request got: the bridge refused every request for them, so they were not tested. */
function notSeen(seen: Seen): string[] {
  return OPERATIONS.flatMap(({ method, path, answers }) => {
    const label = `${method.toUpperCase()} ${path.replace(/:(\w+)/g, '{$1}')}`;
    const good = Object.keys(answers).filter((status) => status.startsWith('2'));
    if (ELSEWHERE.includes(label)) return [];
    return good.filter((status) => !seen[label]?.[status]).map((status) => `${label} was never answered ${status}`);
  });
}
