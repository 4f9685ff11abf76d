import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type Listening, listen } from '../loopback/listen.ts';
import { createSandbox } from '../sandbox/sandbox.ts';
import type { Counters } from './counters.ts';
import { give, passOn, refuse, takenSchema } from './linq-answers.ts';
import { type Arrived, chatReader } from './linq-chats.ts';
import { behaviourOf, type LinqFault, type ListFault } from './linq-faults.ts';

/** One POST of a voice memo, and its result. */
export interface Post {
  chat: string;
  memo: string;
  fault: LinqFault;
  /** The number of messages that the POST really made. */
  took: number;
  /** When the POST came, in milliseconds since 1970. */
  atMs: number;
}

export interface LinqRules {
  /** @param nth the number of this POST among the memo's POSTs, from 1 */
  post(at: { chat: string; memo: string; nth: number }): LinqFault;
  list(at: { chat: string; nth: number }): ListFault;
  listedAfterMs(at: { chat: string; memo: string }): number;
  /** The name under which Linq lists a file. */
  listedAs(at: { chat: string; filename: string }): string;
}

export const HONEST: LinqRules = {
  post: () => 'none',
  list: () => 'none',
  listedAfterMs: () => 0,
  listedAs: ({ filename }) => filename,
};

export interface FaultyLinq {
  url: string;
  /** The keys that are valid now. */
  keys: Set<string>;
  follow(rules: LinqRules): void;
  posts: readonly Post[];
  /** Stops listening, and cuts all open connections. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** The real content of the chats, whatever Linq answered or listed. Waits until no request is under way. */
  chats(): Promise<Arrived[]>;
  stop(): Promise<void>;
}

const KEY = 'the-key-of-the-sandbox-behind';
/** The time-out of our POST, see `timing.ts`. */
const POST_MS = 45_000;

/** The Linq sandbox, as strict as Linq, behind a layer that injects the faults of networks and gateways. */
export const startFaultyLinq = async (options: {
  data: string;
  scale: number;
  counters: Counters;
}): Promise<FaultyLinq> => {
  const { data, scale, counters } = options;
  let listening: Listening | undefined;
  let rules = HONEST;
  const keys = new Set<string>();
  const posts: Post[] = [];
  const filenames = new Map<string, string>();
  const counts = new Map<string, number>();
  const listedFromMs = new Map<string, number>();
  const memoOfMessage = new Map<string, string>();
  const underWay = new Set<Promise<unknown>>();
  const { app } = createSandbox({
    dataDir: join(data, 'linq'),
    apiKey: KEY,
    publicUrl: () => listening?.url ?? '',
    downloadTimeoutMs: 30_000 * scale,
  });
  const nth = (of: string) => {
    counts.set(of, (counts.get(of) ?? 0) + 1);
    return counts.get(of) ?? 1;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray());
    const { pathname, search } = new URL(request.url ?? '/', 'http://linq');
    const method = request.method ?? 'GET';
    const forward = async (): Promise<Response> =>
      app.fetch(
        new Request(new URL(pathname + search, listening?.url ?? 'http://127.0.0.1'), {
          method,
          headers: { 'content-type': request.headers['content-type'] ?? '', authorization: `Bearer ${KEY}` },
          ...(body.length > 0 && { body }),
        }),
      );
    const known = keys.has(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (pathname.startsWith('/v3/') && !known) {
      counters.count('Linq', '401 to a revoked key');
      return refuse(response, { status: 401, code: 2004 });
    }
    const [, chat = '', what] = /^\/v3\/chats\/([^/]+)\/(voicememo|messages)$/.exec(pathname) ?? [];
    if (what === 'voicememo' && method === 'POST') return take(chat, body, forward, response);
    if (what === 'messages') return list(chat, forward, response);
    const answer = await forward();
    if (pathname === '/v3/attachments' && answer.ok) {
      const { filename } = z.object({ filename: z.string() }).parse(JSON.parse(body.toString()));
      filenames.set(slotSchema.parse(await answer.clone().json()).attachment_id, filename);
    }
    return passOn(response, answer);
  };

  const take = async (chat: string, body: Buffer, forward: () => Promise<Response>, response: ServerResponse) => {
    const memo = memoOf(body, filenames);
    const fault = rules.post({ chat, memo, nth: nth(memo) });
    const { takes, answer: instead, takesAfter = 0, answersAfter = 0 } = behaviourOf(fault);
    if (fault !== 'none') counters.count('Linq', fault);
    const post = { chat, memo, fault, took: 0, atMs: Date.now() };
    posts.push(post);
    await sleep(takesAfter * POST_MS * scale);
    let own: Response | undefined;
    for (let time = 0; time < takes; time += 1) {
      own = await forward();
      if (!own.ok) return passOn(response, own); // the sandbox refused the memo, so its own answer is passed on
      post.took += 1;
      const { id } = takenSchema.parse(await own.clone().json()).voice_memo;
      memoOfMessage.set(id, memo);
      const laterMs = rules.listedAfterMs({ chat, memo });
      if (laterMs > 0) {
        counters.count('Linq', 'listed late');
        listedFromMs.set(id, Date.now() + laterMs);
      }
    }
    await sleep(answersAfter * POST_MS * scale);
    return give(response, own, instead);
  };

  const list = async (chat: string, forward: () => Promise<Response>, response: ServerResponse) => {
    const fault = rules.list({ chat, nth: nth(`list ${chat}`) });
    if (fault !== 'none') counters.count('Linq', fault);
    if (fault === 'list: silence') return;
    if (fault === 'list: 500') return refuse(response, { status: 500, code: 3006 });
    const answer = await forward();
    if (!answer.ok) return passOn(response, answer);
    const page = pageSchema.parse(await answer.json());
    const messages = page.messages
      .filter(({ id }) => (listedFromMs.get(id) ?? 0) <= Date.now())
      .map((message) => ({
        ...message,
        parts: message.parts.map((part) => {
          if (part.filename === undefined) return part; // an erasure has deleted the file
          const filename = rules.listedAs({ chat, filename: part.filename });
          if (filename !== part.filename) counters.count('Linq', 'file renamed in the list');
          return { ...part, filename };
        }),
      }));
    return passOn(response, Response.json({ ...page, messages }));
  };

  const comeBack = async () => {
    const server = http.createServer((request, response) => {
      const handled = handle(request, response)
        .catch(() => response.destroy()) // the client cut its request off
        .finally(() => underWay.delete(handled));
      underWay.add(handled);
    });
    listening = await listen(server, listening?.port ?? 0);
    return listening;
  };
  const { url } = await comeBack();
  return {
    url,
    keys,
    posts,
    follow(next) {
      rules = next;
    },
    goAway: async () => listening?.stop(),
    async comeBack() {
      await comeBack();
    },
    async chats() {
      while (underWay.size > 0) await Promise.all(underWay);
      const read = chatReader(app, KEY, (message) => memoOfMessage.get(message) ?? '');
      const chats = new Set(posts.map((post) => post.chat));
      return (await Promise.all([...chats].map(read))).flat();
    },
    stop: async () => listening?.stop(),
  };
};

const slotSchema = z.object({ attachment_id: z.string() });
const pageSchema = z.looseObject({
  messages: z.array(
    z.looseObject({ id: z.string(), parts: z.array(z.looseObject({ filename: z.string().optional() })) }),
  ),
});
const wantedSchema = z.object({ voice_memo_url: z.string().optional(), attachment_id: z.string().optional() });

/** Both ways of sending name the file by the memo's id. */
const memoOf = (body: Buffer, filenames: ReadonlyMap<string, string>): string => {
  const { voice_memo_url: url, attachment_id: id } = wantedSchema.parse(JSON.parse(body.toString()));
  const file = url ? new URL(url).pathname.split('/').pop() : filenames.get(id ?? '');
  return file?.split('.')[0] ?? '';
};
