import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBridge } from '../../local/bridge/bridge.ts';
import { startCloud } from '../../local/cloud/cloud.ts';
import { readSettings } from '../../local/settings.ts';
import { writeMemos } from './memos.ts';

export interface Surface {
  url: string;
  apiKey: string;
  /** The Standard Webhooks secret of both the source and Linq. */
  secret: string;
  /** The surface's folder. `stop` deletes it. */
  data: string;
  stop(): Promise<void>;
}

const API_KEY = 'the-key-of-the-http-surface';

/**
 * Starts `receive` and `api` on the embedded cloud, with a memo of every kind in the ledger; payloads are kept. `store` and `send` do not
 * run, because nobody may fetch the recording URLs that a generator makes up.
 */
export const startSurface = async (): Promise<Surface> => {
  const data = mkdtempSync(join(tmpdir(), 'aftercall-http-'));
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  Object.assign(process.env, {
    PORT: '0',
    AFTERCALL_DATA: data,
    AFTERCALL_API_KEY: API_KEY,
    STANDARD_WEBHOOKS_SECRET: secret,
    TWILIO_AUTH_TOKEN: 'a-twilio-token',
    LINQ_API_V3_API_KEY: 'a-linq-key',
    LINQ_WEBHOOK_SECRET: secret,
    POWERTOOLS_LOG_LEVEL: 'CRITICAL',
    PUBLIC_URL: '',
  });
  const { default: config } = await import('../../bridge.config.ts'); // it reads the environment
  config.inspect = true;
  const cloud = await startCloud(data);
  const bridge = await startBridge(readSettings(process.env), cloud.cloud, ['receive', 'api']);
  await writeMemos();
  return {
    url: bridge.url,
    apiKey: API_KEY,
    secret,
    data,
    async stop() {
      await bridge.stop();
      await cloud.stopAll();
      rmSync(data, { recursive: true, force: true });
    },
  };
};
