import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCloud } from '../cloud/cloud-file.ts';
import { writePrivately } from '../cloud/private-folder.ts';
import { endWithParent } from '../end-with-parent.ts';
import { apiKeyOf, readSettings } from '../settings.ts';
import { FUNCTIONS, type FunctionName, startBridge } from './bridge.ts';
import { startTestCall } from './test-call.ts';

// The bridge as a process of its own: `node local/bridge/process.ts [function]`.
writePrivately();
const [, , named] = process.argv;
const only = FUNCTIONS.filter((name): name is FunctionName => named === undefined || name === named);
if (only.length === 0) throw new Error(`there is no function ${named}; there are ${FUNCTIONS.join(', ')}`);

const settings = readSettings(process.env);
const cloud = readCloud(settings.AFTERCALL_DATA);
if (!cloud) throw new Error(`there is no cloud.json in ${settings.AFTERCALL_DATA}: start the cloud first`);

// With a key of Linq's a test memo would go to a person.
const testCall = named === undefined && !settings.LINQ_API_V3_API_KEY ? await startTestCall(process.env) : undefined;
Object.assign(process.env, testCall?.variables);
const { url, server, stop } = await startBridge(settings, cloud, only).catch((error) => {
  if (Object(error).code !== 'EADDRINUSE') throw error;
  console.error(`PORT: ${settings.PORT} is taken by another program`);
  process.exit(1);
});
if (server) testCall?.callsTo(server.url);
const pidFile = join(settings.AFTERCALL_DATA, named ? `${named}.pid` : 'bridge.pid');
writeFileSync(pidFile, String(process.pid));
// For the `aftercall` command: PUBLIC_URL is the senders' address, and may lead here through a tunnel.
if (server && !named) writeFileSync(join(settings.AFTERCALL_DATA, 'bridge.url'), server.url);
endWithParent(async () => {
  await Promise.all([stop(), testCall?.stop()]);
  rmSync(pidFile, { force: true });
  if (server && !named) rmSync(join(settings.AFTERCALL_DATA, 'bridge.url'), { force: true });
});
if (server && only.includes('api')) await warmUp(server.url);
process.send?.({ ready: true, url });

/** The first request is slow: no connection is open, and no code has run yet. Makes it now, before a person clicks. */
async function warmUp(bridge: string) {
  const headers = { authorization: `Bearer ${apiKeyOf(settings)}` };
  for (const path of ['/health', '/memos?limit=50'])
    await fetch(bridge + path, { headers })
      .then((answer) => answer.text())
      .catch(() => undefined); // a later request will report what is down
}
