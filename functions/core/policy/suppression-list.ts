import { personKey, type Recipient, repliedKey, subjectOf, suppressionKey } from '../model/keys.ts';
import type { Memo } from '../model/memo.ts';
import { DAY_MS, isoTime } from '../model/timing.ts';
import type { Clock, KeyValueStore } from '../ports/ports.ts';

/**
 * Who puts a recipient on the suppression list: an operator (`hand`), the person by a stop word (`word`), or Linq by
 * refusing a memo (`linq`). Each has an entry of its own, so that none removes or shortens another's. Only an operator
 * removes an entry by hand.
 */
export const SUPPRESSORS = ['hand', 'word', 'linq'] as const;
export type Suppressor = (typeof SUPPRESSORS)[number];
export interface Suppression {
  by: Suppressor;
  reason: string;
  since: string;
}

const KEPT_MS: Readonly<Record<Suppressor, number>> = {
  hand: 100 * 365 * DAY_MS,
  word: 5 * 365 * DAY_MS,
  // Linq is asked again after a day: the person may have written meanwhile, and Linq then accepts memos again.
  linq: DAY_MS,
};
/** As long as a found chat is kept. */
const PERSON_MS = 30 * DAY_MS;

/**
 * All entries that keep memos from these recipients, entries by hand first. The person of a chat counts where known.
 */
export const suppressionsOf = async (
  keyValues: Pick<KeyValueStore, 'readAll'>,
  recipients: readonly Recipient[],
): Promise<Suppression[]> => {
  const subjects = recipients.map(subjectOf);
  const whose = personKeysOf(recipients);
  // One batch read usually suffices; a second only if the chat maps to a person not in `recipients`.
  const facts = await keyValues.readAll(suppressionKeysOf(recipients));
  const persons = facts.splice(0, whose.length).flatMap((note) => note?.person ?? []);
  const others = persons.filter((person) => !subjects.includes(person));
  if (others.length > 0) facts.push(...(await keyValues.readAll(others.flatMap(notesAbout))));
  const found = [...subjects, ...others].flatMap((_, index) => {
    const [wrote, ...suppressions] = facts.slice(index * (SUPPRESSORS.length + 1));
    return SUPPRESSORS.flatMap((by, n): Suppression[] => {
      const { reason = by, since = '' } = suppressions[n] ?? {};
      const isLifted = by !== 'hand' && wrote?.at !== undefined && wrote.at > since;
      return suppressions[n] && !isLifted ? [{ by, reason, since }] : [];
    });
  });
  const distinct = new Map(found.map((suppression) => [JSON.stringify(suppression), suppression])); // a chat and its person may have equal entries
  return [...distinct.values()].sort((a, b) => SUPPRESSORS.indexOf(a.by) - SUPPRESSORS.indexOf(b.by));
};

/** The keys that `suppressionsOf` reads first: the persons of chats, and the entries about each recipient. */
export const suppressionKeysOf = (recipients: readonly Recipient[]): string[] => [
  ...personKeysOf(recipients),
  ...recipients.map(subjectOf).flatMap(notesAbout),
];

const personKeysOf = (recipients: readonly Recipient[]): string[] =>
  recipients.flatMap((recipient) => ('chat' in recipient ? personKey(recipient.chat) : []));

/**
 * Puts recipients on the suppression list. Entries by hand keep the earliest `since`, others the latest: a reply older
 * than the last STOP cannot lift it.
 * @param entry `since`: when the person wrote or Linq refused, as ISO time, if not now. Linq's events come in any order
 */
export const suppress = async (
  { keyValues, clock }: { keyValues: KeyValueStore; clock: Clock },
  recipients: readonly Recipient[],
  { by, reason, since = isoTime(clock.nowMs()) }: Pick<Suppression, 'by' | 'reason'> & Partial<Suppression>,
): Promise<void> => {
  for (const recipient of recipients) {
    const note = suppressionKey(by, subjectOf(recipient));
    const known = (await keyValues.read(note))?.since;
    const isNewSince = known === undefined || (by === 'hand' ? since < known : since > known);
    await keyValues.write(note, { reason, since: isNewSince ? since : known }, KEPT_MS[by]);
  }
};

/** Removes all entries of these recipients, and of a chat's person where known. */
export const unsuppress = async (keyValues: KeyValueStore, recipients: readonly Recipient[]): Promise<void> => {
  for (const subject of await subjectsOf(keyValues, recipients))
    await Promise.all(SUPPRESSORS.map((by) => keyValues.remove(suppressionKey(by, subject))));
};

/** A text that is no stop word lifts the entries before it, as at Linq. Entries by hand stay. */
export const liftByReply = async (
  keyValues: KeyValueStore,
  recipients: readonly Recipient[],
  at: string,
): Promise<void> => {
  for (const recipient of recipients) {
    const note = repliedKey(subjectOf(recipient));
    const known = (await keyValues.read(note))?.at;
    if (known === undefined || at > known) await keyValues.write(note, { at }, KEPT_MS.word);
  }
};

/** Remembers a chat's person, so that an entry by number also holds for memos that name only the chat. */
export const rememberPersonOfChat = (
  keyValues: Pick<KeyValueStore, 'write'>,
  chat: string,
  phone: string,
): Promise<void> => keyValues.write(personKey(chat), { person: subjectOf({ phone }) }, PERSON_MS);

/** The recipients of a memo, as far as they are known. */
export const recipientsOf = ({ chat, target }: Pick<Memo, 'chat' | 'target'>): Recipient[] => {
  const to = chat ?? (target && 'chat' in target ? target.chat : undefined);
  const phone = target && 'handle' in target ? target.handle : undefined;
  return [...(to ? [{ chat: to }] : []), ...(phone ? [{ phone }] : [])];
};

const subjectsOf = async (
  keyValues: Pick<KeyValueStore, 'read'>,
  recipients: readonly Recipient[],
): Promise<string[]> => {
  const chats = recipients.flatMap((recipient) => ('chat' in recipient ? [recipient.chat] : []));
  const persons = await Promise.all(chats.map(async (chat) => (await keyValues.read(personKey(chat)))?.person));
  return [...new Set([...recipients.map(subjectOf), ...persons.filter((person) => person !== undefined)])];
};

const notesAbout = (subject: string): string[] => [
  repliedKey(subject),
  ...SUPPRESSORS.map((by) => suppressionKey(by, subject)),
];
