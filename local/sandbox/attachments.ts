import { serveStatic } from '@hono/node-server/serve-static';
import type Linq from '@linqapp/sdk';
import { Hono } from 'hono';
import * as z from 'zod';
import { attachmentTypes, maxAttachmentBytes } from './formats.ts';
import { Refusal, readBody, readUuid } from './refusals.ts';
import { cdnPath } from './shapes.ts';
import type { Attachment, SandboxStore } from './store.ts';
import type { SandboxWorld } from './world.ts';

/** `/v3/attachments`: a client announces a file, uploads it (`uploadRoutes`), and then sends it by its id. */
export function attachmentRoutes({ store, address }: SandboxWorld): Hono {
  const routes = new Hono();

  routes.post('/', async (c) => {
    const { filename, content_type: contentType, size_bytes: sizeBytes } = await readBody(c, attachmentSchema);
    if (!attachmentTypes.has(contentType)) throw new Refusal('typeUnsupported', { detail: contentType });
    if (sizeBytes > maxAttachmentBytes) throw new Refusal('fileTooLarge', { detail: 'maximum size is 100MB' });
    const attachment = store.addAttachment({ filename, contentType, sizeBytes });
    const answer: Linq.AttachmentCreateResponse = {
      attachment_id: attachment.id,
      upload_url: address(`/uploads/${attachment.uploadToken}`),
      http_method: 'PUT',
      required_headers: { 'content-type': contentType },
      expires_at: attachment.uploadExpiresAt,
      download_url: address(cdnPath(attachment)),
    };
    return c.json(answer);
  });

  routes.get('/:id', (c) => {
    const attachment = find(store, c.req.param('id'));
    const stored = store.isStored(attachment.id);
    return c.json({
      id: attachment.id,
      filename: attachment.filename,
      content_type: attachment.contentType,
      size_bytes: attachment.sizeBytes,
      created_at: attachment.createdAt,
      status: stored ? 'complete' : 'pending',
      ...(stored && { download_url: address(cdnPath(attachment)) }),
    });
  });

  routes.delete('/:id', (c) => {
    store.deleteAttachment(find(store, c.req.param('id')).id);
    return c.body(null, 204);
  });

  return routes;
}

const attachmentSchema = z.strictObject({
  // Linq accepts 255 characters. No file name has a path or a control character.
  filename: z
    .string()
    .min(1)
    .max(255)
    .regex(/^(?!\.{1,2}$)[^/\\\p{Cc}]*$/u),
  content_type: z.string(),
  size_bytes: z.int().positive(),
});

function find(store: SandboxStore, id: string): Attachment {
  const attachment = store.attachment(readUuid(id));
  if (!attachment) throw new Refusal('attachmentNotFound');
  return attachment;
}

/** `PUT /:token`, the presigned upload: anybody with the URL and its headers may upload until the URL expires. */
export function uploadRoutes({ store, now }: SandboxWorld): Hono {
  return new Hono().put('/:token', async (c) => {
    const attachment = store.attachmentByUploadToken(c.req.param('token'));
    if (!attachment || now() >= new Date(attachment.uploadExpiresAt)) throw new Refusal('accessDenied');
    if (c.req.header('content-type') !== attachment.contentType) throw new Refusal('accessDenied');
    const stored = await store.storeBytes(attachment, c.req.raw.body ?? []);
    if (!stored) throw new Refusal('badValue', { detail: `the file must be exactly ${attachment.sizeBytes} bytes` });
    return c.body(null, 200);
  });
}

/** `GET /cdn/…`: the bytes, whole or by range. The file's path comes from the journal, never from the request. */
export function cdnRoutes({ store }: SandboxWorld): Hono {
  return new Hono().get('/attachments/partners/sandbox/:id/:filename', async (c, next) => {
    const attachment = store.attachment(c.req.param('id'));
    if (!attachment || attachment.filename !== c.req.param('filename') || !store.isStored(attachment.id)) return next();
    const file = await serveStatic({ root: store.audioDir, path: attachment.id })(c, next);
    if (!file) return;
    file.headers.set('Content-Type', attachment.contentType);
    file.headers.set('Accept-Ranges', 'bytes');
    // The page has the same origin, and an upload may be HTML with a script.
    file.headers.set('Content-Security-Policy', "default-src 'none'; media-src 'self'; sandbox");
    file.headers.set('X-Content-Type-Options', 'nosniff');
    return file;
  });
}
