import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { figuresPage } from '../report/page.ts';
import { playFaults } from './faults.ts';
import { n8n } from './n8n.ts';
import { nodeRed } from './node-red.ts';
import { ours } from './ours.ts';
import { type Compared, comparisonPage } from './page.ts';
import type { Peer } from './peer.ts';
import { measureSpeed } from './speed.ts';

// `npm run bench:peers`: the same flow by Node-RED, n8n and Aftercall, with the same servers. Installs the two into
// node_modules/.cache at its first run (3 GB for n8n). `-- --only n8n` takes one program and prints it alone; `-- --memos 40`.
const PEERS: Readonly<Record<string, Peer>> = { ours, 'node-red': nodeRed, n8n };
const { values: options } = parseArgs({
  options: { only: { type: 'string' }, memos: { type: 'string', default: '40' } },
});

const [load = Number.NaN] = loadavg();
const compared: Compared[] = [];
/** A program that cannot be installed or started here is named with the reason, and the others are compared. */
const failed: { name: string; reason: string }[] = [];
for (const [name, peer] of Object.entries(PEERS)) {
  if (options.only !== undefined && options.only !== name) continue;
  try {
    compared.push(await compare(peer));
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    failed.push({ name: peer.name, reason: error instanceof Error ? error.message : String(error) });
  }
}
if (options.only === undefined) {
  const facts = { date: new Date().toISOString().slice(0, 16), load, memos: Number(options.memos), failed };
  writeFileSync(new URL('results.md', import.meta.url), comparisonPage(compared, facts));
  const results = JSON.parse(readFileSync(new URL('../results.json', import.meta.url), 'utf8'));
  writeFileSync(new URL('../../docs/figures.md', import.meta.url), figuresPage(results));
  console.log('docs/figures.md is written');
}
process.exit();

async function compare(peer: Peer): Promise<Compared> {
  console.log(`${peer.name}: speed`);
  process.env.PEERS_TIME_SCALE = '1';
  const speed = await measureSpeed(peer, Number(options.memos));
  console.log(speed);
  console.log(`${peer.name}: faults`);
  process.env.PEERS_TIME_SCALE = '0.05';
  const faults = await playFaults(peer);
  console.log(faults);
  return { name: peer.name, settings: peer.settings, speed, faults };
}
