import { fileURLToPath } from 'node:url';
import { envFileOf, loadEnvFile } from '../local/env-file.ts';
import { aftercall } from './program.ts';

// `aftercall memos | head` closes the pipe early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const warning = loadEnvFile(process.env);
if (warning) console.error(warning);
process.exitCode = await aftercall(process.argv.slice(2), {
  environment: process.env,
  envFile: envFileOf(process.env),
  configFile: fileURLToPath(new URL('../bridge.config.ts', import.meta.url)),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cdk: fileURLToPath(new URL('../node_modules/aws-cdk/bin/cdk', import.meta.url)),
  loadBridge: async () => (await import('../bridge.config.ts')).default,
});
// An open standard input would keep the process alive.
process.stdin.unref?.();
