import { payloadKey } from '../model/keys.ts';
import type { Memo } from '../model/memo.ts';
import type { RoutedMessage } from '../model/messages.ts';
import { PAYLOADS } from '../model/payloads.ts';
import type { KeyValueStore } from '../ports/ports.ts';

/** Keeps the masked payload of a memo's webhook beside the memo's row, which must exist: the row's erasure deletes the payload. */
export const keepPayload = async (
  keyValues: Pick<KeyValueStore, 'write'>,
  { id, inspected }: Pick<Memo, 'id' | 'inspected'>,
  { payload }: Pick<RoutedMessage, 'payload'>,
): Promise<void> => {
  if (inspected && payload !== undefined) await keyValues.write(payloadKey(id), { text: payload }, PAYLOADS.keepMs);
};
