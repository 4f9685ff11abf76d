import type { ErrorCode } from '../core/model/errors.ts';

// The sentences of the OpenAPI document, by the name of what they describe. All times are UTC (ISO 8601).

/** By the id of an operation: what it does, and what a caller must know. */
export const DESCRIPTIONS: Readonly<Record<string, string>> = {
  receiveEvent:
    "A call system posts its events here. The bridge checks the signature over the raw bytes, and queues each recording before it answers. A 200 names the memos, or says why the event was ignored. A repeated event makes no second memo. If the call system's own rules ask for other statuses, the bridge answers with those.",
  receiveEventByGet: 'For call systems that put their event into the URL. The answer is the same as for a POST.',
  receiveReceipt:
    'Linq posts its events here: receipts of messages, messages of people (a STOP suppresses the recipient), and the health of lines and of the account. Events of other types are answered 200 and ignored.',
  listMemos:
    'One page of memos. Filters can be combined. If the answer has `next`, the same request with `next` gives the following page. A telephone number has no place in a URL: use POST /memos/find.',
  makeMemo:
    'With `audio_url`, the bridge fetches the recording from there. With `content_type` and `bytes`, the answer has an `upload_url`: PUT the file there within 15 minutes. The memo is queued when the answer comes, and has not been sent yet.',
  findMemos:
    'One page of the memos of one person. The number stands in the body, because URLs end in access logs. The filters are those of GET /memos.',
  getMemo: 'The memo with its whole known history. The receipt says what Linq has reported about the message.',
  eraseMemo:
    'Deletes the audio, the row, the receipts and the copies at Linq. A tombstone without personal data stays for 13 months, so that a late webhook makes no new memo. A memo that is being sent at this moment is left and named.',
  getDeadLetter:
    'The message as it lay in the queue. It may hold telephone numbers and URLs. `dead_letter` is absent if the memo has none.',
  replayMemo:
    'Has a memo sent, fetched or routed again. A memo that was sent is not sent again without `force`. A memo that may have been sent is looked for at Linq first, unless `force` is set.',
  replayMemos:
    'Replays up to 1,000 memos of one state at a time. If the answer has `next`, the same request with `next` goes on.',
  eraseMemos:
    'Erases up to one page of memos of a number or of a call. Messages that are still queued are dropped for 28 days. If the answer has `next`, the same request with `next` goes on.',
  suppress:
    'No memo reaches the recipient any more, also not by a replay with `force`. A number stops the memos to its chats too, as far as the bridge knows them.',
  showSuppressions: 'Every entry of the list for the recipient: who made it, the reason, and since when.',
  unsuppress:
    'Removes the entries of the operator, of the recipient (STOP) and of Linq. Memos that were skipped meanwhile stay skipped until they are replayed.',
  listSources:
    'For each source: when a webhook last made a memo, how many were ignored and refused today, the last reason, and likely causes.',
  listSourceEvents: 'The last webhooks of a source, newest first. Telephone numbers are masked.',
  getEventPayload:
    'The payload of one webhook. Payloads are kept only if the configuration has `inspect: true`. Telephone numbers and secrets are masked.',
  status:
    'Groups of memos that wait or have failed for the same cause, with what to do. A local bridge also says which sources are on.',
  health:
    'Asks the table, the bucket and the queues. The answer is kept for some seconds, however many clients ask. 503 if one of them does not answer.',
  openapi: 'The OpenAPI 3.1 document of this API. It is made of the schemas that the bridge parses requests with.',
};

/** By the name of a parameter of a path, a query or a header. */
export const PARAMETERS: Readonly<Record<string, string>> = {
  id: 'The id of a memo.',
  source: 'The name of a source in bridge.config.ts.',
  event: 'The id of a webhook, from the list of events.',
  chat: 'The id of a chat at Linq, a UUID.',
  from: "The caller's number, if the event does not have it.",
  to: 'The called number, if the event does not have it.',
  direction: 'Who called, if the event does not say so.',
  call: 'The id of a call at the call system.',
  state: 'Only memos in this state.',
  since: 'Only memos that were made at or after this time.',
  until: 'Only memos that were made before this time.',
  limit: 'At most this many memos.',
  next: 'The cursor from the answer before.',
  force: 'Also sends a memo that was sent, without asking Linq first. The person may get the memo twice.',
  dry_run: 'Says what the request would do, and changes nothing.',
};

/** By the code of an error: what happened, and what to do. */
export const ERRORS: Readonly<Record<ErrorCode, string>> = {
  unreadable: 'The request has a wrong or unknown field. The message names the field.',
  not_authentic: 'The signature is missing or does not match.',
  unauthorized: 'The API key is missing or wrong.',
  no_such_source: 'bridge.config.ts has no source of this name, or the secrets of the source are not set.',
  no_such_memo: 'No memo has this id, or it was erased.',
  not_found: 'Nothing is at this address.',
  method_not_allowed: 'The address does not take this method. The header Allow lists the methods.',
  conflict: 'The memo has changed meanwhile. Read the memo, then decide again.',
  later_version: 'A later version of Aftercall wrote the row. Update this bridge.',
  too_large: 'The body is too large.',
  idempotency_key_reused: 'Another request has used this Idempotency-Key. Use a new key.',
  internal: 'The bridge has a fault. The log has the details.',
  bad_configuration: 'The configuration is wrong. The log names the setting.',
  unavailable: 'A service that the bridge needs does not answer. Send the request again after Retry-After seconds.',
};
