import type { MemoFilter, MemoSearch } from '../core/ports/ports.ts';

/** Adds a comparison of a field with a value, and returns its expression. */
export type Where = (field: string, comparison: string, key: string, given: unknown) => string;

interface Query {
  where: Where;
  names: Record<string, string>;
  values: Record<string, unknown>;
}

/** The filter expressions of what the index of a query does not answer. `index`: the field that the index answers. */
export const sievesOf = (filter: MemoFilter, index: string, query: Query): string[] => {
  const { state, source, dueBefore, phone, chat, reason, search } = filter;
  const { where } = query;
  return [
    ...(state && index !== 'state' ? [where('state', '=', 'state', state)] : []),
    ...(source && index !== 'source' ? [where('source', '=', 'source', source)] : []),
    ...(dueBefore ? [where('dueAt', '<', 'due', dueBefore)] : []),
    ...(phone ? [ofPhone(phone, query)] : []),
    ...(chat ? [ofChat(chat, query)] : []),
    ...(reason ? [ofReason(reason, query)] : []),
    ...(search ? [ofSearch(search, query)] : []),
  ];
};

const ofPhone = (phone: string, { names, values }: Query): string => {
  nameFields(names, 'recording', 'from', 'to', 'target', 'handle');
  // Some sources write numbers without their plus sign.
  const bare = phone.replace(/^\+/, '');
  Object.assign(values, { ':bare': bare, ':plus': `+${bare}` });
  const among = '(:bare, :plus)';
  return `(${NUMBERS.map((field) => `${field} IN ${among}`).join(' OR ')})`;
};

const ofChat = (chat: string, { names, values }: Query): string => {
  nameFields(names, 'chat', 'target');
  values[':chat'] = chat;
  return '(#chat = :chat OR #target.#chat = :chat)';
};

const ofReason = (reason: string, { names, values }: Query): string => {
  nameFields(names, 'reason');
  values[':reason'] = reason;
  return 'contains(#reason, :reason)';
};

const ofSearch = ({ idPrefix, digits }: MemoSearch, { names, values }: Query): string => {
  nameFields(names, 'id', 'call', 'recording', 'chat', 'target');
  Object.assign(values, { ':prefix': idPrefix, ':lower': idPrefix.toLowerCase() });
  const begins = (field: string, key: string) => `begins_with(${field}, ${key})`;
  const ids = ['#id', '#call', '#recording.#id'].map((field) => begins(field, ':prefix'));
  const chats = ['#chat', '#target.#chat'].map((field) => begins(field, ':lower'));
  if (digits.length > 0) nameFields(names, 'from', 'to', 'handle');
  const numbers = digits.flatMap((text, index) => {
    values[`:digits${index}`] = text;
    return NUMBERS.map((field) => `contains(${field}, :digits${index})`);
  });
  return `(${[...ids, ...chats, ...numbers].join(' OR ')})`;
};

const NUMBERS = ['#recording.#from', '#recording.#to', '#target.#handle'];

const nameFields = (names: Record<string, string>, ...fields: readonly string[]): void => {
  for (const field of fields) names[`#${field}`] = field;
};
