import type LinqAPIV3 from '@linqapp/sdk';
import { request } from 'undici';
import type { Audio } from '../core/model/audio.ts';
import { fileOfKey } from '../core/model/memo-file.ts';
import type { LinqTrace, Listed, Messenger, SendOutcome, Uploaded } from '../core/ports/ports.ts';
import { type LinqOptions, linqCaller } from './messenger.linq-call.ts';
import { readChats, readOpened } from './messenger.linq-chats.ts';
import { readFiles, readList } from './messenger.linq-list.ts';

/** The attachments endpoint has other names for some types than the voice-memo endpoint. */
const ATTACHMENT_TYPES: Readonly<Record<string, UploadType>> = {
  'audio/mpeg': 'audio/mpeg',
  'audio/x-m4a': 'audio/x-m4a',
  'audio/aac': 'audio/aac',
  'audio/x-caf': 'audio/x-caf',
  'audio/wav': 'audio/x-wav',
  'audio/aiff': 'audio/x-aiff',
  'audio/amr': 'audio/amr',
};
type UploadType = LinqAPIV3.AttachmentCreateParams['content_type'];

/** The bridge's requests to Linq: sending, uploading, listing, finding chats and deleting. See `Messenger`. */
export const linqMessenger = (options: LinqOptions): Messenger => {
  const { timing, clock } = options;
  const attempt = linqCaller(options);
  return {
    async sendVoiceMemo(chat, memo) {
      const body = 'url' in memo ? { voice_memo_url: memo.url } : { attachment_id: memo.attachmentId };
      return attempt<SendOutcome & LinqTrace>(timing.postMs, async (linq, signal) => {
        const { data, response } = await linq.chats.sendVoicememo(chat, body, { signal }).withResponse();
        const traceId = response.headers.get('x-trace-id');
        const trace = { code: String(response.status), ...(traceId && { traceId }) };
        // A 2xx without an id: the memo may or may not have been accepted.
        const messageId: unknown = data?.voice_memo?.id;
        if (typeof messageId !== 'string' || messageId === '')
          return { kind: 'unknown', reason: 'Linq accepted it without an id', ...trace };
        const attachmentId: string | undefined = data.voice_memo.voice_memo?.id;
        return { kind: 'done', messageId, ...(attachmentId && { attachmentId }), ...trace };
      });
    },

    async upload(audio: Audio, body) {
      const type = ATTACHMENT_TYPES[audio.type];
      if (!type) return { kind: 'refused', to: 'failed', reason: `${audio.type} cannot be attached` };
      let unreadable: unknown;
      const outcome = await attempt<Uploaded & LinqTrace>(timing.uploadAttachmentMs, async (linq, signal) => {
        const filename = fileOfKey(audio.key).name;
        const slot = await linq.attachments.create(
          { filename, content_type: type, size_bytes: audio.bytes },
          { signal },
        );
        const { statusCode, body: answer } = await request(slot.upload_url, {
          method: 'PUT',
          // In lower case, so that the length is not there twice.
          headers: { ...Object.fromEntries(new Headers(slot.required_headers)), 'content-length': String(audio.bytes) },
          body: await body().catch((error) => {
            unreadable = error;
            throw error;
          }),
          signal,
        });
        await answer.dump();
        if (statusCode >= 200 && statusCode < 300) return { kind: 'uploaded', attachmentId: slot.attachment_id };
        return { kind: 'not-now', waitsFor: 'linq', reason: `the upload was answered ${statusCode}` };
      });
      if (unreadable) throw unreadable; // the bucket failed, not Linq
      return outcome;
    },

    async listSent(chat, sinceMs) {
      const listed = await attempt<Listed>(timing.listChatMs, (linq, signal) =>
        // Not through the SDK's page class, which turns every 2xx without a list into an empty list.
        readList(
          sinceMs,
          () => clock.nowMs(),
          (query) => linq.chats.messages.list(chat, query, { signal }).asResponse(),
        ),
      );
      if (listed.kind === 'listed' || listed.kind === 'no-list') return listed;
      const { kind, reason } = listed;
      const wait = 'retryAfterMs' in listed && { retryAfterMs: listed.retryAfterMs };
      return { kind: 'no-list', reason: `the chat cannot be listed: ${reason}`, ours: kind === 'our-fault', ...wait };
    },

    findChats: (line, handle) =>
      attempt(timing.listChatMs, (linq, signal) =>
        readChats((query) => linq.chats.listChats({ from: line, to: handle, ...query }, { signal }).asResponse()),
      ),

    openChat: (line, handle, text, key) =>
      attempt(timing.postMs, async (linq, signal) => {
        const message = { parts: [{ type: 'text' as const, value: text }], idempotency_key: key };
        return readOpened(await linq.chats.create({ from: line, to: [handle], message }, { signal }).asResponse());
      }),

    async filesOf(messageId) {
      const answer = await attempt(timing.lookUpMs, async (linq, signal) =>
        readFiles(await linq.messages.retrieve(messageId, { signal }).asResponse()),
      );
      return isGone(answer) ? { kind: 'files', attachments: [] } : answer;
    },

    async deleteAttachment(attachmentId) {
      const answer = await attempt(timing.lookUpMs, async (linq, signal) => {
        await linq.attachments.delete(attachmentId, { signal });
        return { kind: 'deleted' as const };
      });
      return isGone(answer) ? { kind: 'deleted' } : answer;
    },
  };
};

const isGone = (answer: object & LinqTrace): boolean => answer.code?.startsWith('404') ?? false;
