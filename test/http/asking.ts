import type { Memo } from '../../functions/core/memo.ts';
import type { MemoMessage, RecordingMessage } from '../../functions/core/messages.ts';
import type { AudioStore, Ledger, MemoFilter, Secrets } from '../../functions/core/ports.ts';
import { replayMemos } from '../../functions/core/replay-memos.ts';
import type { Route } from '../../functions/core/route.ts';
import { takeReceipt } from '../../functions/core/take-receipt.ts';
import { timing } from '../../functions/core/timing.ts';
import { apiApp } from '../../functions/http/api.ts';
import { memorySecrets } from '../fakes/secrets.memory.ts';
import { sourcesOf } from '../fakes/source.scripted.ts';
import { keptLog, NOW_SECONDS } from './receiving.ts';

export const KEYS = ['the-first-key', 'the-second-key'];
export const LINQ_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Settings {
  /** What is in a ledger that can only be read, unless there is another. */
  memos?: readonly Memo[];
  ledger?: Ledger;
  keys?: readonly string[];
  linqSecrets?: readonly string[];
  /** In place of all the secrets. */
  secrets?: Secrets;
  routes?: readonly Route[];
  /** The keys of the audio that has not expired. */
  objects?: readonly string[];
  queueIsAway?: boolean;
}

/** `api` without AWS: what it asked of the ledger, queued, and presigned is kept to be looked at. */
export const asking = (settings: Settings = {}) => {
  const { memos = [], keys = KEYS, linqSecrets = [LINQ_SECRET], routes = [], objects = [], queueIsAway } = settings;
  const queued: RecordingMessage[] = [];
  const resent: { message: MemoMessage; group: string }[] = [];
  const lists: Listed[] = [];
  const puts: { key: string; type: string; bytes: number; expiresInMs: number }[] = [];
  const { log, lines } = keptLog();
  const clock = { nowMs: () => NOW_SECONDS * 1000 };
  const away = () => {
    if (queueIsAway) throw new Error('connect ECONNREFUSED');
  };
  const ledger = settings.ledger ?? readOnlyLedger(memos, lists);
  const recordings = {
    send: async (messages: readonly RecordingMessage[]) => {
      away();
      queued.push(...messages);
    },
  };
  const audio: AudioStore = {
    ...noAudio,
    head: async (key) => (objects.includes(key) ? { bytes: 1000 } : undefined),
    presignPut: async (key, type, bytes, expiresInMs) => {
      puts.push({ key, type, bytes, expiresInMs });
      return `https://s3.example.com/${key}?X-Amz-Signature=1`;
    },
  };
  const app = apiApp({
    ledger,
    recordings,
    audio,
    replay: replayMemos({
      ledger,
      audio,
      recordings,
      memos: {
        send: async (message, group) => {
          away();
          resent.push({ message, group });
        },
      },
      sources: sourcesOf({}),
      routes,
      clock,
    }),
    takeReceipt: takeReceipt({ ledger, log }),
    secrets: settings.secrets ?? memorySecrets({ AFTERCALL_API_KEY: keys, LINQ_WEBHOOK_SECRET: linqSecrets }),
    apiKey: { name: 'AFTERCALL_API_KEY' },
    linqWebhookSecret: { name: 'LINQ_WEBHOOK_SECRET' },
    clock,
    timing: timing(),
    log,
  });
  const call = (path: string, init: RequestInit = {}) =>
    app.request(path, { ...init, headers: { Authorization: `Bearer ${KEYS[0]}`, ...init.headers } });
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    call('/memos', { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { app, call, post, queued, resent, lists, puts, lines };
};

interface Listed {
  filter: MemoFilter;
  limit: number;
  next: string | undefined;
}

const never = () => {
  throw new Error('nothing here does this');
};
const noAudio: AudioStore = { put: never, head: never, read: never, copy: never, presignGet: never, presignPut: never };

const readOnlyLedger = (memos: readonly Memo[], lists: Listed[]): Ledger => ({
  open: never,
  move: never,
  claim: never,
  entomb: never,
  addReceipt: never,
  witnesses: never,
  get: async (id) => memos.find((memo) => memo.id === id),
  list: async (filter, limit, next) => {
    lists.push({ filter, limit, next });
    return { memos: [...memos], ...(memos.length > 0 && { next: 'cursor-2' }) };
  },
});
