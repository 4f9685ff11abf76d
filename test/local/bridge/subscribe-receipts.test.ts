import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Linq from '@linqapp/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { subscribeReceipts } from '../../../local/bridge/subscribe-receipts.ts';
import { startCloud } from '../../../local/cloud/cloud.ts';
import { urlOf } from '../../../local/cloud/cloud-file.ts';
import { until } from '../../world.ts';

const TARGET = 'http://127.0.0.1:8787/linq?version=2026-02-03';
let data: string;
let cloud: Awaited<ReturnType<typeof startCloud>>;
let stops: (() => unknown)[];
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'aftercall-hear-'));
  cloud = await startCloud(data, 'sandbox');
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) stop();
  await cloud.stopAll();
  rmSync(data, { recursive: true, force: true });
  vi.restoreAllMocks();
});

const sandbox = () => urlOf(cloud.cloud, 'sandbox');
/** Starts one bridge; returns the secrets that it received. */
const started = async (target = TARGET) => {
  const secrets: string[] = [];
  const { stop } = await subscribeReceipts({
    data,
    sandbox: sandbox(),
    apiKey: cloud.cloud.sandboxKey,
    target,
    onSecret: (secret) => secrets.push(secret),
  });
  stops.push(stop);
  return secrets;
};
const subscriptions = async () => {
  const linq = new Linq({ apiKey: cloud.cloud.sandboxKey, baseURL: sandbox(), maxRetries: 0 });
  return (await linq.webhookSubscriptions.list()).subscriptions;
};

test('the bridge subscribes itself, and keeps the secret where only its owner reads it', async () => {
  const [secret, ...others] = await started();
  expect(secret).toMatch(/^whsec_/);
  expect(others).toEqual([]);
  expect(await subscriptions()).toMatchObject([
    { target_url: TARGET, subscribed_events: ['message.sent', 'message.delivered', 'message.read'] },
  ]);
  expect(statSync(join(data, 'sandbox-subscription.json')).mode & 0o777).toBe(0o600);
});

test('a bridge that is started again has the same subscription and secret, also at another address', async () => {
  const [secret] = await started();
  const [before] = await subscriptions();
  const elsewhere = TARGET.replace('8787', '9999');
  expect(await started(elsewhere)).toEqual([secret]);
  expect(await subscriptions()).toMatchObject([{ id: before?.id, target_url: elsewhere }]);
});

test('a bridge that died before it had kept the secret makes the subscription anew', async () => {
  const [lost] = await started();
  rmSync(join(data, 'sandbox-subscription.json'));
  const [secret] = await started();
  expect(secret).toMatch(/^whsec_/);
  expect(secret).not.toBe(lost);
  expect(await subscriptions()).toHaveLength(1);
});

test('a sandbox that is away holds up no start, is said once, and is subscribed to when it is back', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  await cloud.stop('sandbox');
  const secrets = await started();
  expect(secrets).toEqual([]);
  await cloud.start('sandbox');
  await until(() => secrets[0]);
  expect(secrets).toEqual([expect.stringMatching(/^whsec_/)]);
  expect(await subscriptions()).toHaveLength(1);
  expect(said.mock.calls.flat()).toEqual([expect.stringContaining("the sandbox's receipts are not subscribed yet")]);
});
