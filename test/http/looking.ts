import { pageFiles } from '../../functions/adapters/page-files.ts';
import type { Memo } from '../../functions/core/model/memo.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { replayMemos } from '../../functions/core/operate/replay-memos.ts';
import type { LogFacts, MemoFilter, Receipt } from '../../functions/core/ports/ports.ts';
import { apiApp } from '../../functions/http/api.ts';
import type { SetUp } from '../../functions/http/status.ts';
import { memoryAudioStore } from '../fakes/audio-store.memory.ts';
import { type ManualClock, manualClock } from '../fakes/clock.manual.ts';
import { CHAT } from '../fakes/examples.ts';
import { memoryKeyValueStore } from '../fakes/key-value-store.memory.ts';
import { memoryMemosQueue, memoryRecordingsQueue } from '../fakes/queues.memory.ts';
import { keptLog, signedSources } from './receiving.ts';

export const KEY = 'the-key-of-this-page';
export const ID = `m_${'a'.repeat(26)}`;

export const aMemo = (over: Partial<Memo> = {}): Memo => ({
  v: 1,
  id: ID,
  state: 'sent',
  generation: 0,
  attempts: 1,
  cannotFetch: 0,
  recording: { source: 'twilio', id: 'RE1', callId: 'CA1', media: { kind: 'ask' } },
  target: { chat: CHAT },
  audio: { key: `audio/${ID}/run/${ID}.mp3`, type: 'audio/mpeg', bytes: 1000, seconds: 37 },
  history: [{ at: '2026-03-04T05:06:07.000Z', state: 'received' }],
  createdAt: '2026-03-04T05:06:07.000Z',
  updatedAt: '2026-03-04T05:06:07.000Z',
  ...over,
});

interface Settings {
  memos?: readonly Memo[];
  receipts?: readonly Receipt[];
  keys?: string[];
  clock?: ManualClock;
  /** The cursor at the end of every list. */
  next?: string;
  /** How many rows every list has read. */
  lookedThrough?: number;
  setUp?: SetUp;
  /** As `inspect: true` in the configuration. */
  inspects?: boolean;
  depths?: () => Promise<{ recordings: number; memos: number; deadLetters: number }>;
}

/** The page without AWS, and a visitor; records the page's requests to the ledger and its messages. */
export const looking = ({
  memos = [],
  receipts = [],
  keys = [KEY],
  clock = manualClock(),
  next,
  lookedThrough,
  depths,
  setUp,
  inspects = false,
}: Settings = {}) => {
  const lists: { filter: MemoFilter; limit: number; next?: string }[] = [];
  const gets: string[] = [];
  const erased: string[] = [];
  const never = () => {
    throw new Error('the page does not do this');
  };
  const ledger = {
    open: never,
    move: never,
    claim: never,
    leaveTombstone: never,
    addReceipt: never,
    messageIdsFromReceipts: never,
    forgetReceipts: never,
    count: async (_filter: MemoFilter, most: number) => most,
    receipt: async (id: string) => receipts.find(({ messageId }) => messageId === id),
    get: async (id: string) => {
      gets.push(id);
      return memos.find((memo) => memo.id === id);
    },
    list: async (filter: MemoFilter, limit: number, from?: string) => {
      const { since = '', until = '~' } = filter;
      const isOfADay = limit === 100; // the figures of the chart
      if (!isOfADay) lists.push({ filter, limit, ...(from && { next: from }) });
      const fits = ({ recording, state, createdAt }: Memo) =>
        (!isOfADay || (createdAt >= since && createdAt < until)) &&
        (!filter.source || recording.source === filter.source) &&
        (!filter.state || state === filter.state) &&
        (!filter.callId || recording.callId === filter.callId);
      return {
        memos: memos.filter(fits).slice(0, limit),
        ...(next && !isOfADay && { next }),
        ...(lookedThrough && { lookedThrough }),
      };
    },
  };
  const audio = memoryAudioStore();
  for (const memo of memos) if (memo.audio) audio.objects.set(memo.audio.key, { bytes: Buffer.from('sound') });
  const keyValues = memoryKeyValueStore({ clock });
  const recordings = memoryRecordingsQueue();
  const sending = memoryMemosQueue({ clock });
  const { log, lines } = keptLog();
  const paused: number[] = [];
  const app = apiApp({
    pause: async (ms) => void paused.push(ms),
    ledger,
    ...(setUp && { setUp }),
    keyValues,
    recordings,
    audio,
    queues: { depths: depths ?? (async () => ({ recordings: 3, memos: 4, deadLetters: 5 })) },
    sources: ['twilio', 'telnyx'],
    configured: signedSources(),
    inspects,
    secrets: { read: async () => keys, forget: () => false },
    apiKey: { name: 'AFTERCALL_API_KEY' },
    page: pageFiles(),
    linqWebhookSecret: { name: 'LINQ_WEBHOOK_SECRET' },
    replay: replayMemos({
      ledger,
      keyValues,
      audio,
      recordings,
      memos: sending,
      sources: { find: async () => undefined },
      routes: [],
      clock,
    }),
    applyReceipt: never,
    applyLinqEvent: never,
    erase: async (rows, dryRun) => {
      if (!dryRun) erased.push(...rows.map(({ id }) => id));
      const isBusy = ({ state }: Memo) => state === 'sending';
      const left = rows.filter(isBusy).map(({ id }) => ({ memo: id, reason: 'it is being sent' }));
      return { memos: rows.filter((row) => !isBusy(row)), objects: 3, linqCopies: 1, left };
    },
    rememberErasure: never,
    untilListed: never,
    clock,
    timing: timing(),
    log,
  });
  return {
    app,
    paused,
    keyValues,
    lists,
    gets,
    erased,
    keys,
    clock,
    recordings,
    sending,
    lines: lines as LogFacts[],
    ...visitor(app),
  };
};

const ORIGIN = 'https://calls.example.com';
export const SAME = { 'Sec-Fetch-Site': 'same-origin' };

/** A browser without scripts: it keeps its cookie, sends forms, and does not follow redirects by itself. */
const visitor = (app: ReturnType<typeof apiApp>) => {
  let cookie = '';
  const see = async (path: string, headers: Record<string, string> = {}) =>
    app.request(ORIGIN + path, { headers: { ...(cookie && { cookie }), ...headers } });
  const post = async (path: string, form: Record<string, string> = {}, headers: Record<string, string> = SAME) =>
    app.request(ORIGIN + path, {
      method: 'POST',
      headers: { ...(cookie && { cookie }), ...headers },
      body: new URLSearchParams(form),
    });
  return {
    see,
    post,
    text: async (path: string) => (await see(path)).text(),
    use: (given: string) => {
      cookie = given;
    },
    async signIn(key = KEY, to?: string) {
      const answer = await post('/sign-in', { key, ...(to && { to }) });
      cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
      return answer;
    },
    /** The token in every form of a page. */
    async token() {
      return /name="token" value="([0-9a-f]+)"/.exec(await (await see('/')).text())?.[1] ?? '';
    },
  };
};
