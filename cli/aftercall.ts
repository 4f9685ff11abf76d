import { fileURLToPath } from 'node:url';
import { aftercall } from './program.ts';

// `aftercall memos | head` closes the pipe early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await aftercall(process.argv.slice(2), {
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cdk: fileURLToPath(new URL('../node_modules/aws-cdk/bin/cdk', import.meta.url)),
  loadBridge: async () => (await import('../bridge.config.ts')).default,
});
// An open standard input would keep the process alive.
process.stdin.unref?.();
