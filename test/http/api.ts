import { pageFiles } from '../../functions/adapters/page-files.ts';
import type { Memo } from '../../functions/core/model/memo.ts';
import type { MemoMessage } from '../../functions/core/model/messages.ts';
import type { Route } from '../../functions/core/model/route.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { withOutcomeLogging } from '../../functions/core/observe/with-outcome-logging.ts';
import { rememberErasure } from '../../functions/core/operate/drop-erased.ts';
import { eraseMemos } from '../../functions/core/operate/erase-memos.ts';
import { replayMemos } from '../../functions/core/operate/replay-memos.ts';
import { applyLinqEvent } from '../../functions/core/policy/apply-linq-event.ts';
import type { KeyValueStore, Ledger, QueueDepths, Secrets } from '../../functions/core/ports/ports.ts';
import { applyReceipt } from '../../functions/core/send/apply-receipt.ts';
import { apiApp } from '../../functions/http/api.ts';
import type { SetUp } from '../../functions/http/status.ts';
import { memoryAudioStore } from '../fakes/audio-store.memory.ts';
import { type ManualClock, manualClock } from '../fakes/clock.manual.ts';
import { memoryKeyValueStore } from '../fakes/key-value-store.memory.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../fakes/queues.memory.ts';
import { sourcesOf } from '../fakes/source.scripted.ts';
import { listedLedger, type Rows } from './listed-ledger.ts';
import { keptLog, NOW_SECONDS, signedSources } from './receiving.ts';
import { visitor } from './visitor.ts';

export const KEY = 'the-first-key';
export const KEYS = [KEY, 'the-second-key'];
export const LINQ_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export interface ApiSettings extends Rows {
  /** Replaces the ledger of the given rows. */
  ledger?: Ledger;
  /** The API keys; a test may change them later by the `keys` of the result. */
  keys?: readonly string[];
  linqSecrets?: readonly string[];
  /** Replaces all secrets. */
  secrets?: Secrets;
  routes?: readonly Route[];
  /** The keys of the audio that has not expired: all audio of the memos, if not given. */
  objects?: readonly string[];
  queueIsAway?: boolean;
  depths?: () => Promise<QueueDepths>;
  setUp?: SetUp;
  /** As `inspect: true` in the configuration. */
  inspects?: boolean;
  /** What happens while an erasure waits for the ledger's lists. */
  untilListed?: () => Promise<void>;
  keyValues?: KeyValueStore;
  clock?: ManualClock;
}

/**
 * `api` without AWS, with the real steps. The result has three parts: what a program with an API key does (`call`,
 * `makeMemo`), what a person in a browser does (`see`, `post`, `signIn`, …), and what the tests look at afterwards.
 */
export const testApi = (settings: ApiSettings = {}) => {
  const clock = settings.clock ?? manualClock(new Date(NOW_SECONDS * 1000).toISOString());
  const { log, lines } = keptLog();
  const keyValues = settings.keyValues ?? memoryKeyValueStore({ clock });
  const listed = listedLedger(settings);
  const ledger = withOutcomeLogging(settings.ledger ?? listed.ledger, { step: 'api', clock, log });
  const { audio, puts, removed } = bucket(settings);
  const { recordings, memos, depths, queued, resent, erasures } = queues(settings, clock);
  const keys = [...(settings.keys ?? KEYS)];
  const names = { AFTERCALL_API_KEY: keys, LINQ_WEBHOOK_SECRET: settings.linqSecrets ?? [LINQ_SECRET] };
  const secrets: Secrets = {
    read: async ({ name }) => names[name as keyof typeof names] ?? [], // a cast: any other name has no value
    forget: () => false,
  };
  /** How long each wrong key had to wait, in order. */
  const paused: number[] = [];
  const routes = settings.routes ?? [];
  const app = apiApp({
    pause: async (ms) => void paused.push(ms),
    ledger,
    keyValues,
    recordings,
    audio,
    replay: replayMemos({ ledger, keyValues, audio, recordings, memos, sources: sourcesOf({}), routes, clock }),
    applyReceipt: applyReceipt({ ledger, log }),
    secrets: settings.secrets ?? secrets,
    apiKey: { name: 'AFTERCALL_API_KEY' },
    page: pageFiles(),
    linqWebhookSecret: { name: 'LINQ_WEBHOOK_SECRET' },
    applyLinqEvent: applyLinqEvent({ keyValues, clock, log }),
    erase: eraseMemos({ ledger, keyValues, audio, memos, log }),
    rememberErasure: (erasable) => rememberErasure({ keyValues, clock }, erasable),
    untilListed: settings.untilListed ?? (async () => {}),
    queues: { depths },
    sources: ['twilio', 'telnyx'],
    configured: signedSources(),
    inspects: settings.inspects ?? false,
    ...(settings.setUp && { setUp: settings.setUp }),
    clock,
    timing: timing(),
    log,
  });
  const call = (path: string, init: RequestInit = {}) =>
    app.request(path, { ...init, headers: { Authorization: `Bearer ${KEY}`, ...init.headers } });
  const makeMemo = (body: unknown, headers: Record<string, string> = {}) =>
    call('/memos', { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const seen = {
    queued,
    resent,
    erasures,
    erased: listed.erased,
    lists: listed.lists,
    gets: listed.gets,
    puts,
    removed,
  };
  return { app, call, makeMemo, ...visitor(app, KEY), ...seen, paused, keys, keyValues, clock, lines };
};

/** The page of a person who has signed in. */
export const signedIn = async (settings: ApiSettings = {}) => {
  const page = testApi(settings);
  await page.signIn();
  return page;
};

/** The bucket, with the presigned uploads and the removed prefixes. */
const bucket = ({ memos = [], objects }: ApiSettings) => {
  const audio = memoryAudioStore();
  const keys = objects ?? memos.flatMap((memo: Memo) => (memo.audio ? [memo.audio.key] : []));
  for (const key of keys) audio.objects.set(key, { bytes: Buffer.from('sound') });
  const puts: { key: string; type: string; bytes: number; expiresInMs: number }[] = [];
  const removed: string[] = [];
  const { presignPut, removeAll } = audio;
  audio.presignPut = (key, type, bytes, expiresInMs) => {
    puts.push({ key, type, bytes, expiresInMs });
    return presignPut(key, type, bytes, expiresInMs);
  };
  audio.removeAll = (prefix) => {
    removed.push(prefix);
    return removeAll(prefix);
  };
  return { audio, puts, removed };
};

/** The queues. `resent` has every message to `memos.fifo`, also those that SQS would drop as duplicates. */
const queues = ({ queueIsAway, depths }: ApiSettings, clock: ManualClock) => {
  const away = async (): Promise<never> => {
    throw new Error('connect ECONNREFUSED');
  };
  const recordings = memoryRecordingsQueue();
  const memos = memoryMemosQueue({ clock });
  const resent: { message: MemoMessage; group: string }[] = [];
  const { send } = memos;
  memos.send = (message, group) => {
    resent.push({ message, group });
    return send(message, group);
  };
  if (queueIsAway) Object.assign(recordings, { send: away });
  if (queueIsAway) Object.assign(memos, { send: away });
  const known = depths ?? (async () => ({ recordings: 3, memos: 4, deadLetters: 5 }));
  const seen = { queued: recordings.messages, resent, erasures: memos.erasures };
  return { recordings, memos, depths: queueIsAway ? away : known, ...seen };
};
