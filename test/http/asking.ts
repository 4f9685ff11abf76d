import { pageFiles } from '../../functions/adapters/page-files.ts';
import type { Memo } from '../../functions/core/model/memo.ts';
import type { LinqErasure, MemoMessage, RecordingMessage } from '../../functions/core/model/messages.ts';
import type { Route } from '../../functions/core/model/route.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { withOutcomeLogging } from '../../functions/core/observe/with-outcome-logging.ts';
import { rememberErasure } from '../../functions/core/operate/drop-erased.ts';
import { eraseMemos } from '../../functions/core/operate/erase-memos.ts';
import { replayMemos } from '../../functions/core/operate/replay-memos.ts';
import { applyLinqEvent } from '../../functions/core/policy/apply-linq-event.ts';
import type {
  AudioStore,
  KeyValueStore,
  Ledger,
  MemoFilter,
  Receipt,
  Secrets,
} from '../../functions/core/ports/ports.ts';
import { applyReceipt } from '../../functions/core/send/apply-receipt.ts';
import { apiApp } from '../../functions/http/api.ts';
import { memoryKeyValueStore } from '../fakes/key-value-store.memory.ts';
import { memorySecrets } from '../fakes/secrets.memory.ts';
import { sourcesOf } from '../fakes/source.scripted.ts';
import { keptLog, NOW_SECONDS, signedSources } from './receiving.ts';

export const KEYS = ['the-first-key', 'the-second-key'];
export const LINQ_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Settings {
  /** The memos of a ledger that can only be read; `ledger` replaces it. */
  memos?: readonly Memo[];
  ledger?: Ledger;
  keys?: readonly string[];
  linqSecrets?: readonly string[];
  /** Replaces all secrets. */
  secrets?: Secrets;
  routes?: readonly Route[];
  /** The keys of the audio that has not expired. */
  objects?: readonly string[];
  queueIsAway?: boolean;
  /** What happens while an erasure waits for the ledger's lists. */
  untilListed?: () => Promise<void>;
  /** The claims of the ledger. */
  claims?: Map<string, string>;
  keyValues?: KeyValueStore;
  receipts?: readonly Receipt[];
  /** How many rows every list has read. */
  lookedThrough?: number;
}

/** `api` without AWS; records its requests to the ledger, its messages and its presigned URLs. */
export const asking = (settings: Settings = {}) => {
  const {
    memos = [],
    keys = KEYS,
    linqSecrets = [LINQ_SECRET],
    routes = [],
    objects = [],
    queueIsAway,
    receipts = [],
    lookedThrough,
    claims = new Map(),
  } = settings;
  const queued: RecordingMessage[] = [];
  const resent: { message: MemoMessage; group: string }[] = [];
  const lists: Listed[] = [];
  const puts: { key: string; type: string; bytes: number; expiresInMs: number }[] = [];
  const { log, lines } = keptLog();
  const clock = { nowMs: () => NOW_SECONDS * 1000 };
  const away = () => {
    if (queueIsAway) throw new Error('connect ECONNREFUSED');
  };
  const keyValues = settings.keyValues ?? memoryKeyValueStore({ clock });
  const erasures: LinqErasure[] = [];
  const removed: string[] = [];
  const ledger = withOutcomeLogging(
    settings.ledger ?? readOnlyLedger({ memos, receipts, lists, lookedThrough, claims }),
    {
      step: 'api',
      clock,
      log,
    },
  );
  const recordings = {
    send: async (messages: readonly RecordingMessage[]) => {
      away();
      queued.push(...messages);
    },
  };
  const audio: AudioStore = {
    ...noAudio,
    removeAll: async (prefix) => removed.push(prefix) && 1,
    head: async (key) => (objects.includes(key) ? { bytes: 1000 } : undefined),
    presignPut: async (key, type, bytes, expiresInMs) => {
      puts.push({ key, type, bytes, expiresInMs });
      return `https://s3.example.com/${key}?X-Amz-Signature=1`;
    },
  };
  /** How long each wrong key had to wait, in order. */
  const paused: number[] = [];
  const app = apiApp({
    pause: async (ms) => void paused.push(ms),
    ledger,
    keyValues,
    recordings,
    audio,
    replay: replayMemos({
      ledger,
      keyValues,
      audio,
      recordings,
      memos: {
        sendErasure: never,
        send: async (message, group) => {
          away();
          resent.push({ message, group });
        },
      },
      sources: sourcesOf({}),
      routes,
      clock,
    }),
    applyReceipt: applyReceipt({ ledger, log }),
    secrets: settings.secrets ?? memorySecrets({ AFTERCALL_API_KEY: keys, LINQ_WEBHOOK_SECRET: linqSecrets }),
    apiKey: { name: 'AFTERCALL_API_KEY' },
    page: pageFiles(),
    linqWebhookSecret: { name: 'LINQ_WEBHOOK_SECRET' },
    applyLinqEvent: applyLinqEvent({ keyValues, clock, log }),
    erase: eraseMemos({
      ledger,
      keyValues,
      audio,
      memos: { sendErasure: async (message) => void erasures.push(message) },
      log,
    }),
    rememberErasure: (erasable) => rememberErasure({ keyValues, clock }, erasable),
    untilListed: settings.untilListed ?? (async () => {}),
    queues: {
      depths: async () => {
        away();
        return { recordings: 1, memos: 2, deadLetters: 0 };
      },
    },
    sources: ['twilio'],
    inspects: true,
    configured: signedSources(),
    clock,
    timing: timing(),
    log,
  });
  const call = (path: string, init: RequestInit = {}) =>
    app.request(path, { ...init, headers: { Authorization: `Bearer ${KEYS[0]}`, ...init.headers } });
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    call('/memos', { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { app, paused, call, post, queued, resent, erasures, removed, keyValues, lists, puts, lines };
};

interface Listed {
  filter: MemoFilter;
  limit: number;
  next: string | undefined;
}

const never = () => {
  throw new Error('nothing here does this');
};
const noAudio: AudioStore = {
  removeAll: never,
  count: never,
  put: never,
  head: never,
  read: never,
  copy: never,
  presignGet: never,
  presignPut: never,
};

const readOnlyLedger = ({
  memos,
  receipts,
  lists,
  lookedThrough,
  claims,
}: Required<Pick<Settings, 'memos' | 'receipts' | 'claims'>> & {
  lists: Listed[];
  lookedThrough: number | undefined;
}): Ledger => ({
  open: never,
  move: never,
  claim: async (key, claimant) => claims.set(key, claims.get(key) ?? claimant).get(key) === claimant,
  leaveTombstone: never,
  addReceipt: never,
  messageIdsFromReceipts: never,
  forgetReceipts: never,
  count: async (_filter, most) => Math.min(most, memos.length),
  receipt: async (messageId) => receipts.find((receipt) => receipt.messageId === messageId),
  get: async (id) => memos.find((memo) => memo.id === id),
  list: async (filter, limit, next) => {
    lists.push({ filter, limit, next });
    return {
      memos: [...memos],
      ...(lookedThrough !== undefined && { lookedThrough }),
      ...(memos.length > 0 && { next: 'cursor-2' }),
    };
  },
});
