import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

// Stands in for the CDK's command line, which needs an account: records each call, and answers as the test has written.

interface Script {
  /** The folder where `calls` is written. */
  folder: string;
  /** For each subcommand: its output and its exit code. */
  answers?: Readonly<Record<string, { prints?: string; code?: number }>>;
  outputs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

// The test has written this file.
const script = JSON.parse(readFileSync(process.env.CDK_SCRIPT ?? '', 'utf8')) as Script;
const args = process.argv.slice(2);
const [subcommand = ''] = args;
const { AWS_REGION, PATH = '' } = process.env;
appendFileSync(`${script.folder}/calls`, `${JSON.stringify({ args, region: AWS_REGION, path: PATH.split(':')[0] })}\n`);

const { prints = `${subcommand} done`, code = 0 } = script.answers?.[subcommand] ?? {};
console.error(prints);
const file = args[args.indexOf('--outputs-file') + 1];
if (subcommand === 'deploy' && code === 0 && file) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(script.outputs ?? {}));
}
process.exitCode = code;
