import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { type Listening, listen } from '../../local/loopback/listen.ts';

export interface Arrival {
  chat: string;
  /** When the POST of the memo had arrived, by `performance.now()`. */
  atMs: number;
  /** Bytes of audio behind the URL; fetched before the answer, as Linq does. */
  bytes: number;
  /** Its first bytes, to tell audio from an error page. */
  beginning: string;
}

export interface LinqMock extends Listening {
  /** In the order of the POSTs. */
  arrivals: Arrival[];
  /** The next POSTs get this status, in place of what was said before. */
  fail(times: number, status: number): void;
  /** Resolves when this many memos have arrived; rejects after the time. */
  arrived(count: number, timeoutMs: number): Promise<void>;
}

/** Linq's voice memo endpoint, as small as it can be: the measured programs share two cores with it. */
export const startLinqMock = async (): Promise<LinqMock> => {
  const arrivals: Arrival[] = [];
  const waiting = new Set<() => void>();
  const failures: number[] = [];
  const taken: ReturnType<typeof messageOf>[] = [];
  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const atMs = performance.now();
    const answer = (status: number, json: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    const [, listed] = /^\/v3\/chats\/([^/]+)\/messages/.exec(request.url ?? '') ?? [];
    if (listed) return answer(200, { messages: taken.filter(({ chat_id }) => chat_id === listed), next_cursor: null });
    const [, chat] = /^\/v3\/chats\/([^/]+)\/voicememo$/.exec(request.url ?? '') ?? [];
    if (request.method !== 'POST' || !chat) return answer(404, { success: false, error: { status: 404, code: 2001 } });
    const failure = failures.shift();
    if (failure !== undefined) return answer(failure, { success: false, error: { status: failure, code: 5000 } });
    const audio = await audioAt(JSON.parse(body).voice_memo_url).catch(() => undefined);
    if (!audio) return answer(500, { success: false, error: { status: 500, code: 5002 } }); // Linq's "cannot fetch"
    arrivals.push({ chat, atMs, ...audio });
    for (const look of waiting) look();
    const memo = takenAs(audio);
    taken.push(messageOf(chat, memo));
    answer(202, { voice_memo: memo });
  });
  const listening = await listen(server, 0);
  return {
    ...listening,
    arrivals,
    fail(times, status) {
      failures.splice(0, failures.length, ...Array<number>(times).fill(status));
    },
    arrived: (count, timeoutMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`${arrivals.length} of ${count} memos arrived within ${timeoutMs / 1000} s`));
        }, timeoutMs);
        const look = () => {
          if (arrivals.length < count) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
};

interface AudioAtUrl {
  filename: string;
  type: string;
  bytes: number;
  beginning: string;
}

const audioAt = async (url: string): Promise<AudioAtUrl> => {
  const answer = await fetch(url);
  let bytes = 0;
  let beginning = '';
  for await (const chunk of answer.body ?? []) {
    if (bytes === 0) beginning = Buffer.from(chunk.subarray(0, 8)).toString('latin1');
    bytes += chunk.length;
  }
  const filename = new URL(url).pathname.split('/').at(-1) ?? '';
  return { filename, type: answer.headers.get('content-type') ?? '', bytes, beginning };
};

const takenAs = ({ filename, type, bytes }: AudioAtUrl) => ({
  id: randomUUID(),
  status: 'queued',
  voice_memo: { id: randomUUID(), filename, mime_type: type, size_bytes: bytes },
});

/** As Linq lists a message: ours asks for the list where an answer was unknown. */
const messageOf = (chat: string, { id, voice_memo }: ReturnType<typeof takenAs>) => ({
  id,
  chat_id: chat,
  created_at: new Date().toISOString(),
  is_from_me: true,
  delivery_status: 'sent',
  parts: [{ type: 'media', ...voice_memo }],
});
