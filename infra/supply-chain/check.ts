import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Audit, readAudit } from './audit.ts';
import { installScriptFaults } from './install-scripts.ts';
import { refusedLicences } from './licences.ts';
import { inProject, lockedPackages, readJson } from './lock-file.ts';
import { NOTICES, noticesOf, shippedPackages } from './notices.ts';

// `npm run supply-chain`: what we install, what it may run, under which licence it is, and what of it ships.
const packages = lockedPackages();
const production = packages.filter(({ isDevelopment }) => !isDevelopment);
const counted = `${packages.length} packages, ${production.length} of them outside development`;

report('licences', refusedLicences(packages), counted);

const { allowScripts } = readJson<{ allowScripts: Record<string, boolean> }>('package.json');
report('install scripts', installScriptFaults(packages, allowScripts), `only ${Object.keys(allowScripts).join(', ')}`);

const withoutHash = packages.filter(({ integrity, isBundled }) => !integrity && !isBundled);
report(
  'hashes in the lock file',
  withoutHash.map(({ name }) => `${name} has none`),
  'each package has one',
);

const shipped = shippedPackages();
const stale = readFileSync(inProject(NOTICES), 'utf8') !== noticesOf(shipped, packages);
report('notices', stale ? [`${NOTICES} is not up to date: run npm run notices`] : [], `${shipped.size} packages ship`);

reportAudit('known vulnerabilities, production', await audit('--omit=dev'), ['low', 'moderate', 'high', 'critical']);
reportAudit('known vulnerabilities, all', await audit(), ['high', 'critical']);

function report(what: string, faults: readonly string[], fine: string): void {
  console.log(faults.length === 0 ? `✓ ${what}: ${fine}` : `✗ ${what}`);
  for (const fault of faults) console.log(`  ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}

/** A registry that does not answer is no fault of the packages: the line says so, and the command goes on. */
function reportAudit(what: string, answer: Audit, refused: readonly string[]): void {
  if (answer.kind === 'not-asked') {
    console.log(`– ${what}: the registry could not be asked, so nothing is known. ${answer.reason}`);
    return;
  }
  const lines = answer.vulnerable.map(({ name, severity }) => ({ severity, text: `${name}: ${severity}` }));
  const [faults, others] = [true, false].map((wanted) =>
    lines.filter(({ severity }) => refused.includes(severity) === wanted),
  );
  report(
    what,
    (faults ?? []).map(({ text }) => text),
    `none of severity ${refused.join(', ')}`,
  );
  for (const { text } of others ?? []) console.log(`  listed, not refused: ${text}`);
}

/** npm ends with 1 where it found something or could not ask; what it printed tells which. */
function audit(...options: string[]): Promise<Audit> {
  const given = ['audit', '--json', '--fetch-retries=1', ...options];
  return new Promise((resolve, reject) => {
    execFile('npm', given, { cwd: inProject('.'), timeout: 60_000, maxBuffer: 64_000_000 }, (error, stdout) => {
      try {
        resolve(readAudit(stdout));
      } catch (cause) {
        reject(
          new Error(`npm audit printed nothing that can be read: ${error?.message ?? stdout.slice(0, 200)}`, { cause }),
        );
      }
    });
  });
}
