import { setTimeout as sleep } from 'node:timers/promises';
import type { Counters } from './counters.ts';
import type { Deliveries } from './deliveries.ts';
import type { Dropped, Signed } from './delivery.ts';
import type { Drops } from './drops.ts';
import type { MediaHost } from './media.ts';
import type { MediaScript } from './media-faults.ts';
import { type Answer, type Manner, postWebhook } from './post-webhook.ts';
import { digestOf, longRecording, recordingOf } from './recording.ts';
import type { Sent } from './verdict.ts';

/** A call that has ended, and whose webhook will come. */
export interface Call {
  /** 32 hexadecimal digits. */
  id: string;
  chat: string;
  /** The name of the source; the usual one where absent. */
  source?: string;
  media: MediaScript;
  /** The call's recording makes two memos. */
  isLong?: boolean;
  /** A route with quiet hours names the chat, and not the hook URL. */
  isQuiet?: boolean;
}

export interface Senders {
  /** The secret with which the senders sign from now on. */
  secret: string | undefined;
  /** Makes the call's recording available at the media host. */
  announce(call: Call): void;
  /** Delivers the webhook once, or puts the object, signed anew or byte for byte as the last time. Undefined: no answer came. */
  deliver(call: Call, manner?: Manner | 'unsigned', how?: 'anew' | 'as it was'): Promise<Answer | undefined>;
  /** Delivers the webhook until it is acknowledged, at most `tries` times. */
  insist(call: Call, tries: number, manner?: Manner): Promise<void>;
  sent(calls: readonly Call[]): Sent[];
}

/** A sender's first and longest wait; each wait is twice the last. Real senders wait longer, and try as often. */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;

export const startSenders = (options: {
  deliveries: Deliveries;
  drops: Drops;
  /** The address of `receive` for a call. */
  hookUrl: (call: Call) => string;
  media: MediaHost;
  seconds: number;
  secret: string | undefined;
  counters: Counters;
}): Senders => {
  const { deliveries, drops, hookUrl, media, seconds, counters } = options;
  const urls = new Map<string, string>();
  const last = new Map<string, Signed | Dropped>();
  const acknowledged = new Map<string, Set<string>>();
  const firstSentMs = new Map<string, number>();
  const acknowledgedMs = new Map<string, number>();

  const senders: Senders = {
    secret: options.secret,

    announce({ id, media: script, isLong }) {
      const recording = isLong ? longRecording : () => recordingOf(id, seconds);
      urls.set(id, media.serve(id, recording, script));
    },

    async deliver(call, manner = 'whole', how = 'anew') {
      const url = hookUrl(call);
      if (!firstSentMs.has(call.id)) firstSentMs.set(call.id, Date.now());
      const before = how === 'as it was' ? last.get(call.id) : undefined;
      const event = { hookUrl: url, recordingUrl: urls.get(call.id) ?? '', id: call.id, secret: senders.secret };
      const made =
        before ?? deliveries.find(call.source).make({ ...event, audio: () => recordingOf(call.id, seconds) });
      last.set(call.id, made);
      media.answer(call.id, made.answers);
      const answer = await ('object' in made ? drop(call, made, manner, how) : post(url, made, manner));
      if (answer && answer.status >= 200 && answer.status < 300) {
        const memos = acknowledged.get(call.id) ?? new Set();
        for (const memo of answer.memos) memos.add(memo);
        acknowledged.set(call.id, memos);
        if (!acknowledgedMs.has(call.id)) acknowledgedMs.set(call.id, Date.now());
      }
      return answer;
    },

    async insist(call, tries, manner = 'whole') {
      for (let tried = 0; tried < tries; tried += 1) {
        if (tried > 0) await sleep(Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** (tried - 1)));
        const answer = await senders.deliver(call, tried === 0 ? manner : 'whole');
        if (answer && answer.status >= 200 && answer.status < 300) return;
        counters.count('senders', answer ? `answered ${answer.status}` : 'no answer seen');
      }
      counters.count('senders', 'given up');
    },

    sent: (calls) =>
      calls.map(({ id, chat, isLong, source }) => ({
        call: id,
        chat,
        // EventBridge promises no order of new objects.
        ...(deliveries.find(source).audio !== 'in a bucket' && timesOf(id)),
        ...(!isLong && { digest: digestOf(recordingOf(id, seconds)) }),
        acknowledged: acknowledged.has(id),
        memos: [...(acknowledged.get(id) ?? [])],
      })),
  };
  const drop = async ({ id, chat, source }: Call, { object }: Dropped, ...[manner, how]: Deliver) => {
    const bytes = recordingOf(id, seconds);
    const memos = [deliveries.find(source).memoOf(object, chat)];
    // Only what S3 has acknowledged can have a second event.
    if (how === 'as it was' && acknowledged.has(id))
      return (await drops.eventAgain(object, bytes.length)) ? { status: 200, memos } : undefined;
    const status = await drops.put(object, bytes, manner);
    return status === undefined ? undefined : { status, memos };
  };
  const timesOf = (id: string) => {
    const [first, acked] = [firstSentMs.get(id), acknowledgedMs.get(id)];
    return {
      ...(first !== undefined && { firstSentMs: first }),
      ...(acked !== undefined && { acknowledgedMs: acked }),
    };
  };
  return senders;
};

type Deliver = [manner: Manner | 'unsigned', how: 'anew' | 'as it was'];

const post = (url: string, signed: Signed, manner: Manner | 'unsigned'): Promise<Answer | undefined> =>
  manner === 'unsigned' ? postWebhook(url, unsigned(signed)) : postWebhook(url, signed, manner);

/** Removes the proof of the sender: headers, or the last part of the body (a JWT). */
const unsigned = (signed: Signed): Signed => {
  const type = signed.headers['content-type'] ?? '';
  const body = type === 'application/jwt' ? signed.body.replace(/[^.]*$/, '') : signed.body;
  return { ...signed, headers: { 'content-type': type }, body };
};
