import { buffer } from 'node:stream/consumers';
import type { LinqTrace, Messenger, SendOutcome, Uploaded } from '../../functions/core/ports.ts';

export type Answer = SendOutcome & LinqTrace;
export type UploadAnswer = Uploaded & LinqTrace;

export interface ScriptedMessenger extends Messenger {
  /** Every POST of a voice memo that was begun. */
  posts: { chat: string; memo: { url: string } | { attachmentId: string } }[];
  /** The bytes of every upload that was begun. */
  uploaded: Buffer[];
}

/** Linq by script: each POST takes the next answer, and one too many is a mistake. Uploads work unless told otherwise. */
export const scriptedMessenger = ({
  answers = [],
  uploads = [],
}: {
  answers?: readonly Answer[];
  uploads?: readonly UploadAnswer[];
} = {}): ScriptedMessenger => {
  const posts: ScriptedMessenger['posts'] = [];
  const uploaded: Buffer[] = [];
  return {
    posts,
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
  };
};
