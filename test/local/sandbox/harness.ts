import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { expect } from 'vitest';
import { listen } from '../../../local/loopback/listen.ts';
import { createSandbox } from '../../../local/sandbox/sandbox.ts';

export const apiKey = 'sandbox-key';
export const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** The first bytes of each format that Linq takes, and the format's name in Linq's reference. */
export const formats = [
  { extension: 'mp3', mimeType: 'audio/mpeg', upload: 'audio/mpeg', head: [0xff, 0xfb, 0x90, 0x64] },
  { extension: 'm4a', mimeType: 'audio/x-m4a', upload: 'audio/x-m4a', head: [0, 0, 0, 24, ...ascii('ftypM4A ')] },
  { extension: 'aac', mimeType: 'audio/aac', upload: 'audio/aac', head: [0xff, 0xf1, 0x50, 0x80] },
  { extension: 'caf', mimeType: 'audio/x-caf', upload: 'audio/x-caf', head: ascii('caff\0\x01\0\0desc') },
  { extension: 'wav', mimeType: 'audio/wav', upload: 'audio/x-wav', head: ascii('RIFF\x24\0\0\0WAVEfmt ') },
  { extension: 'aiff', mimeType: 'audio/aiff', upload: 'audio/x-aiff', head: ascii('FORM\0\0\0\x24AIFFCOMM') },
  { extension: 'amr', mimeType: 'audio/amr', upload: 'audio/amr', head: ascii('#!AMR\n') },
];
export const mp3 = sample([0xff, 0xfb, 0x90, 0x64]);
export const wav = sample(ascii('RIFF\x24\0\0\0WAVEfmt '));

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;
export type Media = Awaited<ReturnType<typeof startMedia>>;
interface Announced {
  upload_url: string;
  required_headers: Record<string, string>;
}

/** What most test files need: a sandbox and a media host on free ports, stopped together. */
export async function startSandboxAndMedia() {
  const [sandbox, media] = await Promise.all([startSandbox(), startMedia()]);
  const stop = async () => {
    await Promise.all([sandbox.stop(), media.stop()]);
  };
  return { sandbox, media, stop };
}

interface SandboxOptions {
  dataDir?: string;
  now?: () => Date;
  downloadTimeoutMs?: number;
  retryFirstMs?: number;
}

export async function startSandbox(options: SandboxOptions = {}) {
  const { dataDir = mkdtempSync(join(tmpdir(), 'sandbox-')), ...rest } = options;
  const { app, resume, stop } = createSandbox({ dataDir, apiKey, publicUrl: () => server.url, ...rest });
  const server = await listen(createServer(getRequestListener(app.fetch)), 0);
  resume();

  const call = async (method: string, path: string, json?: unknown) => {
    const body = json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) };
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const answer = await fetch(server.url + path, { method, headers, ...body });
    const parsed = answer.status === 204 ? undefined : JSON.parse(await answer.text());
    return { status: answer.status, headers: answer.headers, body: parsed, error: parsed?.error };
  };
  return {
    dataDir,
    origin: server.url,
    call,
    send: (body: unknown, chatId: string = randomUUID()) => call('POST', `/v3/chats/${chatId}/voicememo`, body),
    messagesOf: async (chatId: string) => (await call('GET', `/v3/chats/${chatId}/messages`)).body.messages,
    async announce(sizeBytes: number) {
      const file = { filename: 'memo.mp3', content_type: 'audio/mpeg', size_bytes: sizeBytes };
      return (await call('POST', '/v3/attachments', file)).body;
    },
    async stop({ keepData = false } = {}) {
      stop();
      await server.stop();
      if (!keepData) rmSync(dataDir, { recursive: true });
    },
  };
}

/** A call system's media host: the tests set its files, and it records the requests. */
export async function startMedia() {
  const handlers = new Map<string, RequestListener>();
  const requests: { method: string | undefined; path: string | undefined }[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push({ method: request.method, path: request.url });
    const handler = handlers.get(request.url ?? '') ?? ((_, missing) => missing.writeHead(404).end());
    handler(request, response);
  };
  const server = await listen(createServer(listener), 0);
  const handle = (path: string, handler: RequestListener) => {
    handlers.set(path, handler);
    return server.url + path;
  };
  return {
    handle,
    serve: (path: string, bytes: Uint8Array) => handle(path, (_, response) => response.end(bytes)),
    seen: (path: string) => requests.filter((request) => request.path === path).map(({ method }) => method),
    stop: server.stop,
  };
}

export function put({ upload_url, required_headers }: Announced, bytes: Uint8Array) {
  return fetch(upload_url, { method: 'PUT', headers: required_headers, body: Buffer.from(bytes) });
}

export function filesOf({ dataDir }: Sandbox): string[] {
  const entries = readdirSync(dataDir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

export function sample(head: number[], sizeBytes = 64): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  bytes.set(head);
  return bytes;
}

export function ascii(text: string): number[] {
  return [...Buffer.from(text, 'latin1')];
}
