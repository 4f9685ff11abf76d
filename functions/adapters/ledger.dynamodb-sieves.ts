import type { MemoFilter, MemoSearch } from '../core/ports/ports.ts';

type Row = Record<string, unknown>;
type Sieve = (row: Row) => boolean;

/** The filters that the index of a query does not answer. `answered`: the filter that the index answers. */
export const sievesOf = (filter: MemoFilter, answered?: keyof MemoFilter): Sieve[] => {
  const { state, source, phone, chat, reason, search } = filter;
  return [
    ...(state && answered !== 'state' ? [(row: Row) => row.state === state] : []),
    ...(source && answered !== 'source' ? [({ recording }: Row) => Object(recording).source === source] : []),
    ...(phone ? [ofPhone(phone)] : []),
    ...(chat ? [(row: Row) => chatsOf(row).includes(chat)] : []),
    ...(reason ? [(row: Row) => text(row.reason).includes(reason)] : []),
    ...(search ? [ofSearch(search)] : []),
  ];
};

const ofPhone = (phone: string): Sieve => {
  // Some sources write numbers without their plus sign.
  const bare = phone.replace(/^\+/, '');
  return (row) => numbersOf(row).some((number) => number === bare || number === `+${bare}`);
};

const ofSearch =
  ({ idPrefix, digits }: MemoSearch): Sieve =>
  (row) =>
    [row.id, row.call, Object(row.recording).id].some((id) => text(id).startsWith(idPrefix)) ||
    chatsOf(row).some((chat) => chat.startsWith(idPrefix.toLowerCase())) ||
    numbersOf(row).some((number) => digits.some((some) => number.includes(some)));

// A row that a later version wrote may lack any field.
const chatsOf = ({ chat, target }: Row): string[] => [chat, Object(target).chat].filter(isText);
const numbersOf = ({ recording, target }: Row): string[] =>
  [Object(recording).from, Object(recording).to, Object(target).handle].filter(isText);
const isText = (value: unknown): value is string => typeof value === 'string';
const text = (value: unknown): string => (isText(value) ? value : '');
