import { fileURLToPath } from 'node:url';
import { aftercall } from '../../cli/program.ts';

// Runs cli/aftercall.ts with the stand-in for the CDK.

process.exitCode = await aftercall(process.argv.slice(2), {
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cdk: fileURLToPath(new URL('cdk-stand-in.ts', import.meta.url)),
  envFile: '/nowhere/.env',
  configFile: '/nowhere/bridge.config.ts',
  loadBridge: async () => (await import('../../bridge.config.ts')).default,
});
process.stdin.unref?.();
