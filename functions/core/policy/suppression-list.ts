import { personKey, type Recipient, repliedKey, subjectOf, suppressionKey } from '../model/keys.ts';
import type { Memo } from '../model/memo.ts';
import { DAY_MS, isoTime } from '../model/timing.ts';
import type { Clock, KeyValueStore } from '../ports/ports.ts';

/**
 * Who puts somebody on the suppression list: an operator by hand, the person by a stop word, Linq by refusing a memo. Each has a note
 * of its own, so that none lifts or shortens another's. By hand lasts until it is taken off by hand.
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
  // Linq is asked again after a day: they may have written since, which opens the chat for it.
  linq: DAY_MS,
};
/** As long as a found chat is remembered. */
const PERSON_MS = 30 * DAY_MS;

/** Everything that keeps memos from these, first what was done by hand. A chat's person counts where it is known. */
export const suppressionsOf = async (
  keyValues: Pick<KeyValueStore, 'readAll'>,
  recipients: readonly Recipient[],
): Promise<Suppression[]> => {
  const subjects = recipients.map(subjectOf);
  const whose = recipients.flatMap((recipient) => ('chat' in recipient ? personKey(recipient.chat) : []));
  // Mostly this one look tells: whose the chat is nobody knows, or the memo names them too.
  const facts = await keyValues.readAll([...whose, ...subjects.flatMap(notesAbout)]);
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
  const told = new Map(found.map((suppression) => [JSON.stringify(suppression), suppression])); // of a chat and of its person: said once
  return [...told.values()].sort((a, b) => SUPPRESSORS.indexOf(a.by) - SUPPRESSORS.indexOf(b.by));
};

/**
 * By hand, said twice, it stands since the first time; else since the last, for whatever was written before that has lifted
 * nothing.
 * @param stop `since` is when it happened, where that is not now: Linq's events come in any order
 */
export const suppress = async (
  { keyValues, clock }: { keyValues: KeyValueStore; clock: Clock },
  recipients: readonly Recipient[],
  { by, reason, since = isoTime(clock.nowMs()) }: Pick<Suppression, 'by' | 'reason'> & Partial<Suppression>,
): Promise<void> => {
  for (const recipient of recipients) {
    const note = suppressionKey(by, subjectOf(recipient));
    const known = (await keyValues.read(note))?.since;
    const itCounts = known === undefined || (by === 'hand' ? since < known : since > known);
    await keyValues.write(note, { reason, since: itCounts ? since : known }, KEPT_MS[by]);
  }
};

/** Takes somebody off, whoever has put them on; with a chat goes its person, where it is known. */
export const unsuppress = async (keyValues: KeyValueStore, recipients: readonly Recipient[]): Promise<void> => {
  for (const subject of await subjectsOf(keyValues, recipients))
    await Promise.all(SUPPRESSORS.map((by) => keyValues.remove(suppressionKey(by, subject))));
};

/** Whoever writes anything but a stop word has opened their chat again, as at Linq; what was done by hand stays. */
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

/** So that a stop by number holds for memos that name the chat alone. */
export const rememberPersonOfChat = (
  keyValues: Pick<KeyValueStore, 'write'>,
  chat: string,
  phone: string,
): Promise<void> => keyValues.write(personKey(chat), { person: subjectOf({ phone }) }, PERSON_MS);

/** Whom a memo is for, as far as that is known by now. */
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
