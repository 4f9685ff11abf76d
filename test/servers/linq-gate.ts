import http from 'node:http';
import { type Listening, listen } from '../../local/loopback/listen.ts';

/**
 * `says nothing`: the client gets a 502, and Linq does not get the memo. `takes it and says nothing`: the client gets a
 * 502, but Linq gets the memo. `waits`: the request waits until the gate is opened.
 */
export type GateAnswer = 'takes it and says nothing' | 'says nothing' | 'waits';

export interface LinqGate extends Listening {
  /** Sets the answer to the next memo for this chat. */
  next(chat: string, answer: GateAnswer): void;
  /** Releases every request that waits. */
  open(): void;
  /** How many memos have been posted. */
  posts(): number;
}

/**
 * Stands before the sandbox of Linq and passes requests on, apart from the memos of `next`. The gate accepts any key,
 * and sends the sandbox's own key to the sandbox.
 */
export const linqGate = async (sandbox: () => { url: string; key: string }): Promise<LinqGate> => {
  const script = new Map<string, GateAnswer>();
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let posts = 0;
  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const { method = 'GET', url = '/' } = request;
    const chat = method === 'POST' ? /^\/v3\/chats\/([^/]+)\/voicememo$/.exec(url)?.[1] : undefined;
    const answer = chat && script.get(chat);
    if (chat) posts += 1;
    if (chat) script.delete(chat);
    if (answer === 'waits') await opened;
    if (answer === 'says nothing') return response.writeHead(502).end();
    const headers = new Headers();
    const { url: origin, key } = sandbox();
    if (request.headers.authorization) headers.set('authorization', `Bearer ${key}`);
    if (request.headers['content-type']) headers.set('content-type', request.headers['content-type']);
    const passed = await fetch(origin + url, { method, headers, ...(body.length > 0 && { body }) });
    const bytes = Buffer.from(await passed.arrayBuffer());
    if (answer === 'takes it and says nothing') return response.writeHead(502).end();
    const type = passed.headers.get('content-type');
    response.writeHead(passed.status, { ...(type && { 'content-type': type }) }).end(bytes);
  });
  return {
    ...(await listen(server, 0)),
    next: (chat, answer) => script.set(chat, answer),
    open,
    posts: () => posts,
  };
};
