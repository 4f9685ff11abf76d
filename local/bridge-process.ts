import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS, type FunctionName, startBridge } from './bridge.ts';
import { readCloud } from './cloud-file.ts';
import { endWithParent } from './end-with-parent.ts';
import { readSettings } from './settings.ts';

// The bridge as a process of its own: `node local/bridge-process.ts [function]`.
const [, , named] = process.argv;
const only = FUNCTIONS.filter((name): name is FunctionName => named === undefined || name === named);
if (only.length === 0) throw new Error(`there is no function ${named}; there are ${FUNCTIONS.join(', ')}`);

const settings = readSettings(process.env);
const cloud = readCloud(settings.AFTERCALL_DATA);
if (!cloud) throw new Error(`there is no cloud.json in ${settings.AFTERCALL_DATA}: start the cloud first`);

const { url, server, stop } = await startBridge(settings, cloud, only).catch((error) => {
  if (Object(error).code !== 'EADDRINUSE') throw error;
  console.error(`PORT: ${settings.PORT} is taken by another program`);
  process.exit(1);
});
const pidFile = join(settings.AFTERCALL_DATA, named ? `${named}.pid` : 'bridge.pid');
writeFileSync(pidFile, String(process.pid));
// For the command: PUBLIC_URL is what senders were given, and may lead here by a tunnel.
if (server && !named) writeFileSync(join(settings.AFTERCALL_DATA, 'bridge.url'), server.url);
endWithParent(async () => {
  await stop();
  rmSync(pidFile, { force: true });
  if (server && !named) rmSync(join(settings.AFTERCALL_DATA, 'bridge.url'), { force: true });
});
// The first look at anything is slow: no connection stands, and no code has run yet. Better now than at somebody's click.
if (server && only.includes('api')) await fetch(`${server.url}/health`).catch(() => undefined); // it is only a warm-up
process.send?.({ ready: true, url });
