import type { Memo } from '../../functions/core/memo.ts';
import type { RecordingMessage } from '../../functions/core/messages.ts';
import type { AudioStore, Ledger, MemoFilter } from '../../functions/core/ports.ts';
import { timing } from '../../functions/core/timing.ts';
import { apiApp } from '../../functions/http/api.ts';
import { memorySecrets } from '../fakes/secrets.memory.ts';
import { keptLog, NOW_SECONDS } from './receiving.ts';

export const KEYS = ['the-first-key', 'the-second-key'];

interface Settings {
  memos?: readonly Memo[];
  keys?: readonly string[];
  queueIsAway?: boolean;
}

/** `/memos` without AWS: what it asked of the ledger, queued, and presigned is kept to be looked at. */
export const asking = ({ memos = [], keys = KEYS, queueIsAway = false }: Settings = {}) => {
  const queued: RecordingMessage[] = [];
  const lists: { filter: MemoFilter; limit: number; next: string | undefined }[] = [];
  const puts: { key: string; type: string; bytes: number; expiresInMs: number }[] = [];
  const { log, lines } = keptLog();
  const app = apiApp({
    ledger: readOnlyLedger(memos, lists),
    recordings: {
      send: async (messages) => {
        if (queueIsAway) throw new Error('connect ECONNREFUSED');
        queued.push(...messages);
      },
    },
    audio: {
      ...noAudio,
      presignPut: async (key, type, bytes, expiresInMs) => {
        puts.push({ key, type, bytes, expiresInMs });
        return `https://s3.example.com/${key}?X-Amz-Signature=1`;
      },
    },
    secrets: memorySecrets({ AFTERCALL_API_KEY: keys }),
    apiKey: { name: 'AFTERCALL_API_KEY' },
    linqWebhookSecret: { name: 'LINQ_WEBHOOK_SECRET' },
    replay: never,
    takeReceipt: never,
    clock: { nowMs: () => NOW_SECONDS * 1000 },
    timing: timing(),
    log,
  });
  const call = (path: string, init: RequestInit = {}) =>
    app.request(path, { ...init, headers: { Authorization: `Bearer ${KEYS[0]}`, ...init.headers } });
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    call('/memos', { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { app, call, post, queued, lists, puts, lines };
};

const never = () => {
  throw new Error('/memos does not do this');
};
const noAudio: AudioStore = { put: never, head: never, read: never, copy: never, presignGet: never, presignPut: never };

const readOnlyLedger = (
  memos: readonly Memo[],
  lists: { filter: MemoFilter; limit: number; next: string | undefined }[],
): Ledger => ({
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
