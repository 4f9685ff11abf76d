import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { type Listening, listen } from '../local/loopback/listen.ts';

export interface SentMemo {
  /** Linq's id of the message, and of the message's file. */
  id: string;
  attachmentId: string;
  at: string;
  chat: string;
  /** The URL that Linq fetched; undefined for an attachment. */
  url?: string;
  bytes: Buffer;
  type: string;
  filename: string;
}

export interface ScriptedLinq extends Listening {
  /** The only key that is accepted now. */
  readonly key: string;
  /** Revokes the key. @returns the new one */
  revoke(): string;
  /** Every POST to a voicememo endpoint, with any answer. */
  posts: { chat: string; body: Record<string, unknown> }[];
  sent: SentMemo[];
  /** The next POST for this chat gets this answer; after that, Linq accepts again. */
  next(chat: string, answer: Scripted): void;
  /** The same for the next request for an attachment, and for the next upload. */
  nextAttachment(answer: Scripted): void;
  nextUpload(answer: Scripted): void;
}

export interface Scripted {
  status: number;
  code?: number;
  headers?: Record<string, string>;
  /** Linq takes the memo all the same. */
  taken?: true;
  /** Replaces the documented error; some gateways answer with a text that contains the request. */
  body?: (request: string) => string;
  /** Cuts the connection instead of answering. */
  hangUp?: true;
  /** Runs between the request and its answer. */
  meanwhile?: () => Promise<unknown>;
}

/** A Linq that accepts what Linq's reference accepts and follows the script; written from the reference alone. */
export const scriptedLinq = async (): Promise<ScriptedLinq> => {
  let key = `key-${randomUUID()}`;
  const posts: ScriptedLinq['posts'] = [];
  const sent: SentMemo[] = [];
  const scripts = new Map<string, Scripted[]>();
  const slots = new Map<string, { filename: string; type: string; bytes?: Buffer }>();

  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const path = new URL(request.url ?? '/', 'http://linq').pathname;
    const answer = (status: number, json: unknown, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'x-trace-id': '0'.repeat(32), ...headers })
        .end(JSON.stringify(json));
    const refuse = (status: number, code: number | undefined, headers?: Record<string, string>) =>
      answer(status, { success: false, error: { status, code, message: 'scripted' } }, headers);
    const follow = async ({ status, code, headers, body: say, hangUp, meanwhile }: Scripted) => {
      await meanwhile?.();
      if (hangUp) return request.destroy();
      if (!say) return refuse(status, code, headers);
      const all = `${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`;
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(say(all));
    };

    const upload = /^\/upload\/(.+)$/.exec(path)?.[1];
    if (upload && request.method === 'PUT') {
      const scripted = scripts.get('upload')?.shift();
      if (scripted) return follow(scripted);
      const slot = slots.get(upload);
      if (slot) slot.bytes = body;
      return response.writeHead(slot ? 200 : 404).end();
    }
    if (request.headers.authorization !== `Bearer ${key}`) return refuse(401, 2004);
    if (path === '/v3/attachments' && request.method === 'POST') {
      const scripted = scripts.get('attachment')?.shift();
      if (scripted) return follow(scripted);
      const wanted = JSON.parse(body.toString());
      const id = randomUUID();
      slots.set(id, { filename: wanted.filename, type: wanted.content_type });
      return answer(200, {
        attachment_id: id,
        upload_url: `${linq.url}/upload/${id}?signature=${key}`,
        http_method: 'PUT',
        required_headers: { 'content-type': wanted.content_type },
        expires_at: new Date(Date.now() + 900_000).toISOString(),
        download_url: `${linq.url}/cdn/${id}`,
      });
    }
    const listed = /^\/v3\/chats\/([^/]+)\/messages$/.exec(path)?.[1];
    if (listed && request.method === 'GET') {
      const messages = sent.filter((memo) => memo.chat === listed).map(listedAs);
      return answer(200, { messages: messages.reverse(), next_cursor: null });
    }
    const chat = /^\/v3\/chats\/([^/]+)\/voicememo$/.exec(path)?.[1];
    if (!chat || request.method !== 'POST') return refuse(404, 2001);
    const wanted = JSON.parse(body.toString());
    posts.push({ chat, body: wanted });
    const scripted = scripts.get(chat)?.shift();
    if (scripted && !scripted.taken) return follow(scripted);
    const memo = wanted.voice_memo_url
      ? await fetched(chat, wanted.voice_memo_url)
      : attached(chat, wanted.attachment_id, slots.get(wanted.attachment_id));
    if (!memo) return refuse(500, 5002);
    sent.push(memo);
    if (scripted?.hangUp || (scripted && scripted.status >= 300)) return follow(scripted);
    if (scripted) return answer(scripted.status, { voice_memo: { status: 'queued' } });
    answer(202, {
      voice_memo: {
        id: memo.id,
        status: 'queued',
        voice_memo: {
          id: memo.attachmentId,
          filename: memo.filename,
          mime_type: memo.type,
          size_bytes: memo.bytes.length,
        },
      },
    });
  });
  const linq = await listen(server, 0);
  const next = (what: string, scripted: Scripted) => {
    scripts.set(what, [...(scripts.get(what) ?? []), scripted]);
  };
  return {
    ...linq,
    get key() {
      return key;
    },
    revoke() {
      key = `key-${randomUUID()}`;
      return key;
    },
    posts,
    sent,
    next,
    nextAttachment: (scripted) => next('attachment', scripted),
    nextUpload: (scripted) => next('upload', scripted),
  };
};

/** As in the list; see the API reference of messages. */
const listedAs = ({ id, chat, at, attachmentId, filename, type, bytes }: SentMemo) => ({
  id,
  chat_id: chat,
  created_at: at,
  is_from_me: true,
  delivery_status: 'sent',
  parts: [{ type: 'media', id: attachmentId, filename, mime_type: type, size_bytes: bytes.length }],
});

const named = (attachmentId: string = randomUUID()) => ({
  id: randomUUID(),
  attachmentId,
  at: new Date().toISOString(),
});

const fetched = async (chat: string, url: string): Promise<SentMemo | undefined> => {
  const answer = await fetch(url, { redirect: 'error' }).catch(() => undefined);
  if (!answer?.ok) return undefined;
  const filename = new URL(url).pathname.split('/').pop() ?? '';
  return {
    ...named(),
    chat,
    url,
    filename,
    type: answer.headers.get('content-type') ?? '',
    bytes: Buffer.from(await answer.arrayBuffer()),
  };
};

const attached = (
  chat: string,
  id: string,
  slot: { filename: string; type: string; bytes?: Buffer } | undefined,
): SentMemo | undefined =>
  slot?.bytes && { ...named(id), chat, filename: slot.filename, type: slot.type, bytes: slot.bytes };
