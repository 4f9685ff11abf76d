import { buffer } from 'node:stream/consumers';
import type { LinqTrace, Listed, Messenger, SendOutcome, Uploaded } from '../../functions/core/ports/ports.ts';

export type Answer = SendOutcome & LinqTrace;
export type ChatsAnswer = Awaited<ReturnType<Messenger['findChats']>>;
export type DeleteAnswer = Awaited<ReturnType<Messenger['deleteAttachment']>>;
export type FilesAnswer = Awaited<ReturnType<Messenger['filesOf']>>;
export type OpenAnswer = Awaited<ReturnType<Messenger['openChat']>>;
export type UploadAnswer = Uploaded & LinqTrace;

export interface ScriptedMessenger extends Messenger {
  /** Every POST of a voice memo that began. */
  posts: { chat: string; memo: { url: string } | { attachmentId: string } }[];
  /** The bytes of every upload that began. */
  uploaded: Buffer[];
  /** Every request for a chat's messages. */
  asked: { chat: string; sinceMs: number }[];
  /** Every search for a person's chat. */
  looked: { line: string; handle: string }[];
  /** The ids of attachments that the bridge asked Linq to delete. */
  deleted: string[];
  /** Every message whose files the bridge asked for. */
  files: string[];
  opened: { line: string; handle: string; text: string; key: string }[];
}

/**
 * A scripted Linq: each POST takes the next answer, and a POST beyond the script is an error. Uploads work unless the
 * script says otherwise.
 */
export const scriptedMessenger = ({
  answers = [],
  uploads = [],
  lists = [],
  chats = [],
  opens = [],
  deletions = [],
  files: fileAnswers = [],
}: {
  answers?: readonly Answer[];
  uploads?: readonly UploadAnswer[];
  lists?: readonly Listed[];
  chats?: readonly ChatsAnswer[];
  opens?: readonly OpenAnswer[];
  deletions?: readonly DeleteAnswer[];
  files?: readonly FilesAnswer[];
} = {}): ScriptedMessenger => {
  const posts: ScriptedMessenger['posts'] = [];
  const uploaded: Buffer[] = [];
  const asked: ScriptedMessenger['asked'] = [];
  const deleted: string[] = [];
  const files: string[] = [];
  const looked: ScriptedMessenger['looked'] = [];
  const opened: ScriptedMessenger['opened'] = [];
  return {
    posts,
    asked,
    looked,
    opened,
    deleted,
    files,
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
    async deleteAttachment(id) {
      deleted.push(id);
      return deletions[deleted.length - 1] ?? { kind: 'deleted' };
    },
    async filesOf(message) {
      files.push(message);
      return fileAnswers[files.length - 1] ?? { kind: 'files', attachments: [] };
    },
    async findChats(line, handle) {
      looked.push({ line, handle });
      return chats[looked.length - 1] ?? { kind: 'chats', chats: [] };
    },
    async openChat(line, handle, text, key) {
      opened.push({ line, handle, text, key });
      return opens[opened.length - 1] ?? { kind: 'chat', chat: `opened-${opened.length}` };
    },
  };
};
