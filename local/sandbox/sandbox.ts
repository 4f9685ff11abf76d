import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { attachmentRoutes, cdnRoutes, uploadRoutes } from './attachments.ts';
import { chatRoutes } from './chats.ts';
import { memoRoutes } from './memos.ts';
import { pageRoutes } from './page.ts';
import { readRoutes } from './reads.ts';
import { receiptsOf } from './receipts.ts';
import { answerRefusal, Refusal } from './refusals.ts';
import { openStore } from './store.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import type { Receipts } from './world.ts';

/**
 * Stands in for Linq's Partner API v3 on a machine without a key, exactly as strict as Linq's documentation, and shows
 * the sent memos at `/sandbox`. Point the SDK's base URL at its origin, and call `resume` when the origin is known.
 *
 * @param options.dataDir keeps everything; a sandbox that starts again on it shows the same chats
 * @param options.publicUrl returns the origin for clients, at every request: a port may be known only after listening
 * @param options.retryFirstMs the first wait of a receipt that was not accepted, see `receiptsOf`
 * @param options.downloadTimeoutMs for one `voice_memo_url`; Linq's V2 documents 30 s, V3 nothing
 */
export function createSandbox(options: {
  dataDir: string;
  apiKey: string;
  publicUrl: () => string;
  now?: () => Date;
  downloadTimeoutMs?: number;
  retryFirstMs?: number;
}): { app: Hono<SandboxEnv> } & Pick<Receipts, 'resume' | 'stop'> {
  const { dataDir, apiKey, publicUrl, now = () => new Date() } = options;
  const { downloadTimeoutMs = 30_000, retryFirstMs = 3000 } = options;
  const address = (path: string) => new URL(path, publicUrl()).href;
  const kept = { store: openStore(dataDir, now), address, now };
  const receipts = receiptsOf(kept, retryFirstMs);
  const world = { ...kept, downloadTimeoutMs, receipts };
  const app = new Hono<SandboxEnv>();

  app.use(async (c, next) => {
    c.set('traceId', randomBytes(16).toString('hex'));
    await next();
    c.res.headers.set('X-Trace-ID', c.var.traceId);
  });
  app.onError((error, c) => answerRefusal(error, c, c.var.traceId));
  app.notFound((c) => answerRefusal(new Refusal('notFound'), c, c.var.traceId));

  app.use('/v3/*', async (c, next) => {
    if (c.req.header('authorization') !== `Bearer ${apiKey}`) throw new Refusal('unauthorized');
    await next();
  });
  app.route('/v3/chats', chatRoutes(world));
  app.route('/v3/chats', memoRoutes(world));
  app.route('/v3/attachments', attachmentRoutes(world));
  app.route('/v3/webhook-subscriptions', subscriptionRoutes(world));
  app.route('/v3', readRoutes(world));

  // These URLs are presigned: they need their own secrets, and no API key.
  app.route('/uploads', uploadRoutes(world));
  app.route('/cdn', cdnRoutes(world));

  app.route('/sandbox', pageRoutes(world));
  return { app, resume: receipts.resume, stop: receipts.stop };
}

interface SandboxEnv {
  Variables: { traceId: string };
}
