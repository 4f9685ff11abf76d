import { buffer } from 'node:stream/consumers';
import type { LinqTrace, Listed, Messenger, SendOutcome, Uploaded } from '../../functions/core/ports.ts';

export type Answer = SendOutcome & LinqTrace;
export type UploadAnswer = Uploaded & LinqTrace;

export interface ScriptedMessenger extends Messenger {
  /** Every POST of a voice memo that was begun. */
  posts: { chat: string; memo: { url: string } | { attachmentId: string } }[];
  /** The bytes of every upload that was begun. */
  uploaded: Buffer[];
  /** Every question for a chat's messages. */
  asked: { chat: string; sinceMs: number }[];
}

/** Linq by script: each POST takes the next answer, and one too many is a mistake. Uploads work unless told otherwise. */
export const scriptedMessenger = ({
  answers = [],
  uploads = [],
  lists = [],
}: {
  answers?: readonly Answer[];
  uploads?: readonly UploadAnswer[];
  lists?: readonly Listed[];
} = {}): ScriptedMessenger => {
  const posts: ScriptedMessenger['posts'] = [];
  const uploaded: Buffer[] = [];
  const asked: ScriptedMessenger['asked'] = [];
  return {
    posts,
    asked,
    uploaded,
    async sendVoiceMemo(chat, memo) {
      posts.push({ chat, memo });
      const answer = answers[posts.length - 1];
      if (!answer) throw new Error(`the script has no answer to POST ${posts.length}`);
      return answer;
    },
    async upload(_audio, body) {
      uploaded.push(await buffer(await body()));
      return uploads[uploaded.length - 1] ?? { kind: 'uploaded', attachmentId: `attachment-${uploaded.length}` };
    },
    async listSent(chat, sinceMs) {
      asked.push({ chat, sinceMs });
      return lists[asked.length - 1] ?? { kind: 'listed', messages: [] };
    },
  };
};
