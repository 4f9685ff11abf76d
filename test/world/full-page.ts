import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import bridge from '../../bridge.config.ts';
import { dynamodbKeyValueStore } from '../../functions/adapters/key-value-store.dynamodb.ts';
import { isoTime } from '../../functions/core/model/timing.ts';
import { recordTrace } from '../../functions/core/store/record-trace.ts';
import { TABLE } from '../../local/cloud/resources.ts';
import { fillDays } from '../../local/sample/fill-days.ts';
import type { World } from '../world.ts';

const MINUTE_MS = 60_000;

/**
 * Fills each list of the page: more memos than the page lists, every source of the configuration heard, and of twilio as many webhooks of
 * each outcome as are kept, with a payload as long as one may be.
 */
export const fillPage = async (world: World): Promise<void> => {
  const nowMs = Date.now();
  await fillDays(world.cloud.cloud, { memos: 200, days: 5, nowMs });
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient());
  const clock = { nowMs: Date.now };
  const record = recordTrace(dynamodbKeyValueStore(documents, { table: TABLE, clock }));
  for (const source of Object.keys(bridge.sources))
    for (let minute = source === 'twilio' ? 10 : 1; minute > 0; minute -= 1)
      for (const outcome of ['refused', 'ignored'] as const)
        await record({
          v: 2,
          trace: {
            ...{ id: randomUUID(), source, outcome, count: 12 },
            at: isoTime(nowMs - minute * MINUTE_MS),
            reason: `${outcome === 'refused' ? 'x-signature does not match' : 'RecordingStatus is in-progress'}: webhook ${minute}`,
            payload: JSON.stringify({ said: 'lorem ipsum '.repeat(480) }),
          },
        });
  documents.destroy();
};

/** The bytes of a page: as the server sends its HTML, styles and script to a browser, and its HTML unpacked. */
export const weightOf = async (page: Page, path: string): Promise<{ sent: number; html: number }> => {
  const html = await (await page.request.get(path)).text();
  const files = [...html.matchAll(/(?:href|src)="(\/console\/[^"]+)"/g)].map(([, url]) => url ?? '');
  expect(files).toHaveLength(2);
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const sent = await Promise.all([path, ...files].map((each) => bytesOf(new URL(each, page.url()), cookie)));
  return { sent: sent.reduce((sum, bytes) => sum + bytes, 0), html: Buffer.byteLength(html) };
};

/** `fetch` unpacks what it gets. */
const bytesOf = (url: URL, cookie: string) =>
  new Promise<number>((resolve, reject) => {
    const headers = { cookie, accept: 'text/html', 'accept-encoding': 'gzip, deflate, br' };
    const asked = http.get(url, { headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('end', () => resolve(bytes));
    });
    asked.on('error', reject);
  });
