import { fileURLToPath } from 'node:url';
import { aftercall } from './program.ts';

// Whoever reads on has seen enough: `aftercall memos | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await aftercall(process.argv.slice(2), {
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cdk: fileURLToPath(new URL('../node_modules/aws-cdk/bin/cdk', import.meta.url)),
  loadBridge: async () => (await import('../bridge.config.ts')).default,
});
// What was read from a terminal is left open, and would keep the process.
process.stdin.unref?.();
