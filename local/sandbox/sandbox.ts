import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { attachmentRoutes, cdnRoutes, uploadRoutes } from './attachments.ts';
import { memoRoutes } from './memos.ts';
import { pageRoutes } from './page.ts';
import { readRoutes } from './reads.ts';
import { answerRefusal, Refusal } from './refusals.ts';
import { openStore } from './store.ts';

/**
 * Stands in for Linq's Partner API v3 on a machine without a key, as strict as Linq is documented to be and no kinder, and
 * shows what was sent at `/sandbox`. Point the SDK's base URL at its origin.
 *
 * @param options.dataDir keeps everything; a sandbox started again on it shows the same chats
 * @param options.publicUrl the origin that clients are told, asked at every request: a port may be known only after listening
 * @param options.downloadTimeoutMs for one `voice_memo_url`; Linq's V2 documents 30 s, V3 nothing
 */
export function createSandbox(options: {
  dataDir: string;
  apiKey: string;
  publicUrl: () => string;
  now?: () => Date;
  downloadTimeoutMs?: number;
}): { app: Hono<SandboxEnv> } {
  const { dataDir, apiKey, publicUrl, now = () => new Date(), downloadTimeoutMs = 30_000 } = options;
  const address = (path: string) => new URL(path, publicUrl()).href;
  const world = { store: openStore(dataDir, now), address, now, downloadTimeoutMs };
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
  app.route('/v3/chats', memoRoutes(world));
  app.route('/v3/attachments', attachmentRoutes(world));
  app.route('/v3', readRoutes(world));

  // Presigned by their own secrets, not by the key.
  app.route('/uploads', uploadRoutes(world));
  app.route('/cdn', cdnRoutes(world));

  app.route('/sandbox', pageRoutes(world));
  return { app };
}

interface SandboxEnv {
  Variables: { traceId: string };
}
