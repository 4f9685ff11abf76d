import type { LinqTrace, ListedMessage, Messenger, SendOutcome } from '../../functions/core/ports/ports.ts';
import type { ManualClock } from './clock.manual.ts';

/** The outcome of one POST: whether Linq takes the memo, and the answer that the bridge decodes. */
export interface EventOutcome {
  taken: boolean;
  heard: Exclude<SendOutcome, { kind: 'done' }> | { kind: 'done' };
  /** The list shows the message this long after Linq took the memo. */
  listedAfterMs: number;
}

/** What Linq tells about a message's file: its name, its attachment's id, both, or only that it is a sound file. */
export type Echo = 'both' | 'filename' | 'id' | 'neither';

export interface ModelLinq extends Messenger {
  /** The truth: the messages in the chats, in the order in which they arrived. */
  chats: { chat: string; id: string; filename: string; attachmentId: string; atMs: number }[];
  posts: number;
}

/** Message ids are unique across all Linqs of a process: worlds may share a table. */
let messages = 0;

/** A Linq that knows what it did: each POST and each list takes the next outcome; the last outcome repeats. */
export const modelLinq = ({
  clock,
  outcomes,
  lists = ['listed'],
  echo = 'both',
}: {
  clock: Pick<ManualClock, 'nowMs'>;
  outcomes: readonly EventOutcome[];
  lists?: readonly ('listed' | 'no-list')[];
  echo?: Echo;
}): ModelLinq => {
  const shown: (ListedMessage & { chat: string; fromMs: number })[] = [];
  const uploads = new Map<string, string>();
  let asked = 0;
  const linq: ModelLinq = {
    chats: [],
    posts: 0,

    async sendVoiceMemo(chat, memo): Promise<SendOutcome & LinqTrace> {
      const outcome = outcomes[Math.min(linq.posts, outcomes.length - 1)];
      if (!outcome) throw new Error('the model has no outcome for this POST');
      linq.posts += 1;
      messages += 1;
      const id = `message-${messages}`;
      if (outcome.taken) {
        const filename = 'url' in memo ? basename(memo.url) : (uploads.get(memo.attachmentId) ?? '?');
        const attachmentId = 'url' in memo ? `rehosted-${linq.posts}` : memo.attachmentId;
        linq.chats.push({ chat, id, filename, attachmentId, atMs: clock.nowMs() });
        const part = {
          type: 'audio/mpeg',
          ...((echo === 'both' || echo === 'filename') && { filename }),
          ...((echo === 'both' || echo === 'id') && { id: attachmentId }),
        };
        const fromMs = clock.nowMs() + outcome.listedAfterMs;
        shown.push({ chat, id, createdAtMs: clock.nowMs(), parts: [part], fromMs });
      }
      return outcome.heard.kind === 'done' ? { kind: 'done', messageId: id } : outcome.heard;
    },

    async upload(audio) {
      const attachmentId = `attachment-${uploads.size + 1}`;
      uploads.set(attachmentId, basename(audio.key));
      return { kind: 'uploaded', attachmentId };
    },

    filesOf: async () => ({ kind: 'files', attachments: [] }),
    deleteAttachment: async () => ({ kind: 'deleted' }),
    findChats: async () => ({ kind: 'chats', chats: [] }),
    openChat: async () => ({ kind: 'chat', chat: 'opened' }),

    async listSent(chat, sinceMs) {
      const how = lists[Math.min(asked, lists.length - 1)];
      asked += 1;
      if (how === 'no-list') return { kind: 'no-list', reason: 'the chat cannot be listed', ours: false };
      const messages = shown.filter((message) => message.chat === chat && message.createdAtMs >= sinceMs);
      return { kind: 'listed', messages: messages.filter(({ fromMs }) => fromMs <= clock.nowMs()) };
    },
  };
  return linq;
};

const basename = (path: string): string => path.replace(/\?.*$/, '').split('/').pop() ?? '';
