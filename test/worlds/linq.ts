import type { LinqTrace, ListedMessage, Messenger, SendOutcome } from '../../functions/core/ports/ports.ts';
import type { MemoryAudioStore } from '../fakes/audio-store.memory.ts';
import { CHATS, chatName, type Directory, PERSONS } from './directory.ts';
import type { Facts, Taken } from './facts.ts';
import type { History } from './history.ts';
import type { Plan, PostPlan, Shown } from './plan.ts';
import type { Process } from './process.ts';
import type { Simulator } from './simulator.ts';

export interface LinqOptions {
  plan: Plan;
  sim: Simulator;
  history: History;
  facts: Facts;
  directory: Directory;
  audio: MemoryAudioStore;
  /** Delivers a webhook of Linq. */
  tell: (event: LinqEvent) => void;
}

export interface LinqEvent {
  type: 'message.sent' | 'message.delivered' | 'message.read';
  messageId: string;
  chat: string;
  filename?: string;
  afterMs: number;
}

export interface Linq {
  /** The messenger of one process. */
  for(process: Process): Messenger;
  /** A person has written STOP: Linq refuses every memo for that chat until the person writes again. */
  optOut(chat: string, isOut: boolean): void;
  /** Refuses our key for this time, for every request. */
  refuseKey(ms: number): void;
  /** The filename that Linq shows for a message; undefined if Linq shows no name. */
  shownName(messageId: string): string | undefined;
}

type Begun = Pick<Taken, 'attemptedMs' | 'postedMs'>;

/** Linq's behaviour for a memo without a plan: takes the memo, and lists it at once. */
const USUAL: PostPlan = { answer: 'done', listedAfterMs: 0, shown: 'as it is', receiptAfterMs: 3000, answerMs: 400 };

const KEY_REFUSED: PostPlan = { answer: 'our fault', listedAfterMs: 0, shown: 'as it is', answerMs: 400 };

export const linqModel = ({ plan, sim, history, facts, directory, audio, tell }: LinqOptions): Linq => {
  const messages = new Map<string, Taken & { shown: Shown; attachment: string }>();
  const uploads = new Map<string, { key: string; bytes: Buffer }>();
  const deleted = new Set<string>();
  const optedOut = new Set<string>();
  let posts = 0;
  let questions = 0;
  let keyRefusedUntilMs = 0;

  const filename = (memoFile: string, shown: Shown): string | undefined => {
    switch (shown) {
      case 'another extension':
        return memoFile.replace(/\.\w+$/, '.m4a');
      case 'a suffix':
        return memoFile.replace(/(\.\w+)$/, '-1a2b$1');
      case 'upper case':
        return memoFile.toUpperCase();
      case 'as it is':
        return memoFile;
      default:
        return undefined;
    }
  };
  const listed = ({ messageId, takenMs, memo, shown, attachment }: Taken & { shown: Shown; attachment: string }) => {
    const name = filename(`${memo}.mp3`, shown);
    const type =
      shown === 'nameless video/mp4'
        ? 'video/mp4'
        : shown === 'nameless octet-stream'
          ? 'application/octet-stream'
          : 'audio/mpeg';
    const part = {
      type,
      ...(name && { filename: name }),
      ...(!shown.startsWith('no name, no') && !shown.startsWith('nameless') && { id: attachment }),
    };
    const message: ListedMessage = {
      id: messageId,
      createdAtMs: takenMs + plan.linqAheadMs,
      parts: shown === 'no parts' ? [] : [part],
    };
    return message;
  };

  /** The object behind a URL or an upload. Undefined if the URL has expired or the object is gone. */
  const behind = (memo: { url: string } | { attachmentId: string }): { key: string; bytes: Buffer } | undefined => {
    if ('attachmentId' in memo) return uploads.get(memo.attachmentId);
    const url = new URL(memo.url);
    const untilMs = Number(url.searchParams.get('minted')) + 1000 * Number(url.searchParams.get('X-Amz-Expires'));
    const key = url.pathname.slice(1);
    const object = audio.objects.get(key);
    return object && sim.nowMs() <= untilMs ? { key, bytes: object.bytes } : undefined;
  };

  const take = (memo: { url: string } | { attachmentId: string }, chat: string, outcome: PostPlan, begun: Begun) => {
    const file = behind(memo);
    if (!file) {
      history.say('Linq cannot fetch the audio any more');
      return undefined;
    }
    const [, recording = '?', part = '1'] = /^call (\S+?)(?:, part (\d+))?$/.exec(file.bytes.toString()) ?? [];
    const messageId = `message-${messages.size + 1}`;
    const taken: Taken = {
      messageId,
      chat,
      memo: file.key.slice(file.key.lastIndexOf('/') + 1).replace(/\.\w+$/, ''),
      recording: `RE${recording}`,
      part: Number(part),
      // A name with a suffix could also be the name of another part of the call.
      isTellable:
        (filename('m.mp3', outcome.shown) !== undefined &&
          !(outcome.shown === 'a suffix' && file.bytes.includes('part'))) ||
        (outcome.shown === 'no name' && 'attachmentId' in memo),
      ...begun,
      takenMs: sim.nowMs(),
      listedMs: sim.nowMs() + outcome.listedAfterMs,
    };
    facts.taken.push(taken);
    const attachment = 'attachmentId' in memo ? memo.attachmentId : `rehosted-${messages.size + 1}`;
    messages.set(messageId, { ...taken, shown: outcome.shown, attachment });
    const lag = outcome.listedAfterMs > 0 ? `, and will list it in ${Math.round(outcome.listedAfterMs / 1000)} s` : '';
    const name = outcome.shown === 'as it is' ? '' : `, and shows ${outcome.shown}`;
    history.say(`Linq delivers ${directory.nameOf(taken.memo)} to ${chatName(chat)} as ${messageId}${lag}${name}`);
    if (outcome.receiptAfterMs !== undefined) {
      const file = filename(`${taken.memo}.mp3`, outcome.shown);
      const event = { messageId, chat, ...(file && { filename: file }) };
      tell({ type: 'message.delivered', ...event, afterMs: outcome.receiptAfterMs });
    }
    return { messageId, attachment };
  };

  const answer = (
    outcome: PostPlan,
    isUrl: boolean,
    taken: { messageId: string; attachment: string } | undefined,
  ): SendOutcome & LinqTrace => {
    switch (outcome.answer) {
      case 'done':
        if (!taken) return { kind: 'cannot-fetch', reason: 'Linq could not fetch our URL', code: '500/5002' };
        return { kind: 'done', messageId: taken.messageId, attachmentId: taken.attachment };
      case 'unknown, taken':
      case 'unknown, taken late':
      case 'unknown, not taken':
        return { kind: 'unknown', reason: 'Linq answered 500' };
      case 'slow down':
        return { kind: 'not-now', reason: 'Linq asks us to slow down', waitsFor: 'linq', retryAfterMs: 60_000 };
      case 'line trouble':
        return { kind: 'not-now', reason: 'no line can send to this chat at the moment', waitsFor: 'line' };
      case 'our fault':
        return { kind: 'our-fault', reason: 'Linq refuses our key' };
      case 'cannot fetch':
        if (!isUrl) return { kind: 'not-now', reason: 'the attachment is not ready yet', waitsFor: 'linq' };
        return { kind: 'cannot-fetch', reason: 'Linq could not fetch our URL', code: '500/5002' };
      case 'refused':
        return { kind: 'refused', to: 'failed', reason: 'Linq calls the request wrong', code: '400' };
    }
  };

  return {
    optOut: (chat, isOut) => void (isOut ? optedOut.add(chat) : optedOut.delete(chat)),
    refuseKey(ms) {
      keyRefusedUntilMs = Math.max(keyRefusedUntilMs, sim.nowMs() + ms);
      history.say(`Linq refuses our key for ${Math.round(ms / 60_000)} min`);
    },
    shownName(messageId) {
      const message = messages.get(messageId);
      return message && filename(`${message.memo}.mp3`, message.shown);
    },
    for: (process) => ({
      async sendVoiceMemo(chat, memo) {
        const isRefused = sim.nowMs() < keyRefusedUntilMs;
        const outcome = isRefused ? KEY_REFUSED : (plan.posts[posts] ?? USUAL);
        if (!isRefused) posts += 1;
        const key = 'url' in memo ? new URL(memo.url).pathname : (uploads.get(memo.attachmentId)?.key ?? '?');
        const id = key.slice(key.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
        const begun = { postedMs: sim.nowMs(), attemptedMs: facts.attempted.get(id) ?? sim.nowMs() };
        const isOut = !isRefused && optedOut.has(chat);
        const what = isOut ? 'opted out' : outcome.answer;
        facts.posts.push({
          ms: begun.postedMs,
          attemptedMs: begun.attemptedMs,
          run: process.name,
          runBeganMs: process.beganMs,
          chat,
          memo: id,
          answer: what,
        });
        history.say(`${process.name} posts ${directory.nameOf(id)} to ${chatName(chat)}: Linq answers ${what}`);
        await sim.sleep(outcome.answerMs);
        if (isOut) return { kind: 'refused', to: 'skipped', reason: 'the recipient has opted out', code: '403/2024' };
        if (outcome.answer === 'unknown, taken late') sim.after(150_000, () => take(memo, chat, outcome, begun));
        const isTaken = outcome.answer === 'done' || outcome.answer === 'unknown, taken';
        return answer(outcome, 'url' in memo, isTaken ? take(memo, chat, outcome, begun) : undefined);
      },
      async upload(given) {
        const attachmentId = `attachment-${uploads.size + 1}`;
        const object = audio.objects.get(given.key);
        if (!object) return { kind: 'not-now', reason: 'the audio cannot be read', waitsFor: 'linq' };
        uploads.set(attachmentId, { key: given.key, bytes: object.bytes });
        return { kind: 'uploaded', attachmentId };
      },
      async listSent(chat, sinceMs) {
        const isRefused = sim.nowMs() < keyRefusedUntilMs;
        const how = isRefused ? 'no list, our fault' : (plan.questions[questions] ?? 'listed');
        if (!isRefused) questions += 1;
        if (how !== 'listed') {
          history.say(`${process.name} asks for the messages of ${chatName(chat)}: ${how}`);
          return { kind: 'no-list', reason: 'the chat cannot be listed', ours: how === 'no list, our fault' };
        }
        const shown = [...messages.values()]
          .filter(
            (message) => message.chat === chat && message.listedMs <= sim.nowMs() && !deleted.has(message.messageId),
          )
          .map(listed)
          .filter(({ createdAtMs }) => createdAtMs >= sinceMs);
        facts.questions.push({ ms: sim.nowMs(), chat, shown: shown.map(({ id }) => id) });
        history.say(
          `${process.name} asks for the messages of ${chatName(chat)}: ${shown.map(({ id }) => id).join(', ') || 'none'}`,
        );
        return { kind: 'listed', messages: shown };
      },
      async findChats(_line, handle) {
        return { kind: 'chats', chats: handle === PERSONS.A ? [CHATS.A] : handle === PERSONS.P ? [CHATS.P] : [] };
      },
      openChat: async () => ({ kind: 'chat', chat: CHATS.elsewhere }),
      async filesOf(messageId) {
        const message = messages.get(messageId);
        return { kind: 'files', attachments: message ? [message.attachment] : [] };
      },
      deleteAttachment: async () => ({ kind: 'deleted' }),
    }),
  };
};
