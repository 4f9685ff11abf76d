import { createHash } from 'node:crypto';
import type { Memo } from './memo.ts';
import type { Clock, Notes } from './ports.ts';
import { canonicalNumber } from './recording.ts';
import { isoTime } from './timing.ts';

/** Whom a stop is about: a chat, or a person by number. */
export type Recipient = { chat: string } | { phone: string };

/**
 * Who puts somebody on the stop list: an operator by hand, the person by a stop word, Linq by refusing a memo. Each has a note
 * of its own, so that none lifts or shortens another's. By hand lasts until it is taken off by hand.
 */
export const STOPPERS = ['hand', 'word', 'linq'] as const;
export type Stopper = (typeof STOPPERS)[number];
export interface Stop {
  by: Stopper;
  why: string;
  since: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const KEPT_MS: Readonly<Record<Stopper, number>> = {
  hand: 100 * 365 * DAY_MS,
  word: 5 * 365 * DAY_MS,
  // Linq is asked again after a day: they may have written since, which opens the chat for it.
  linq: DAY_MS,
};
/** As long as a found chat is remembered. */
const PERSON_MS = 30 * DAY_MS;

/** Everything that keeps memos from these, first what was done by hand. A chat's person counts where it is known. */
export const stopsOf = async (notes: Pick<Notes, 'readAll'>, recipients: readonly Recipient[]): Promise<Stop[]> => {
  const subjects = recipients.map(subjectOf);
  const whose = recipients.flatMap((recipient) => ('chat' in recipient ? noteOfPerson(recipient.chat) : []));
  const asked = stopsAbout(subjects);
  // Mostly this one look tells: whose the chat is nobody knows, or the memo names them too.
  const facts = await notes.readAll([...whose, ...asked.map(({ note }) => note)]);
  const persons = facts.splice(0, whose.length).flatMap((note) => note?.person ?? []);
  const more = stopsAbout(persons.filter((person) => !subjects.includes(person)));
  if (more.length > 0) facts.push(...(await notes.readAll(more.map(({ note }) => note))));
  const found = [...asked, ...more].flatMap(({ by }, index): Stop[] => {
    const { why = by, since = '' } = facts[index] ?? {};
    return facts[index] ? [{ by, why, since }] : [];
  });
  return found.sort((a, b) => STOPPERS.indexOf(a.by) - STOPPERS.indexOf(b.by));
};

const stopsAbout = (subjects: readonly string[]) =>
  STOPPERS.flatMap((by) => subjects.map((subject) => ({ by, note: noteOfStop(by, subject) })));

/** Said twice, it stands since the first time. */
export const putOnStopList = async (
  { notes, clock }: { notes: Notes; clock: Clock },
  recipient: Recipient,
  { by, why }: Pick<Stop, 'by' | 'why'>,
): Promise<void> => {
  const note = noteOfStop(by, subjectOf(recipient));
  const since = (await notes.read(note))?.since ?? isoTime(clock.nowMs());
  await notes.write(note, { why, since }, KEPT_MS[by]);
};

/** Takes somebody off, whoever has put them on; with a chat goes its person, where it is known. */
export const takeOffStopList = async (notes: Notes, recipients: readonly Recipient[]): Promise<void> => {
  for (const subject of await subjectsOf(notes, recipients)) await removeStops(notes, subject, STOPPERS);
};

/** Whoever writes anything but a stop word has opened their chat again; what was done by hand stays. */
export const liftByWriting = (notes: Notes, chat: string): Promise<void> =>
  removeStops(notes, subjectOf({ chat }), ['word', 'linq']);

/** So that a stop by number holds for memos that name the chat alone. */
export const noteWhoseChat = (notes: Pick<Notes, 'write'>, chat: string, phone: string): Promise<void> =>
  notes.write(noteOfPerson(chat), { person: subjectOf({ phone }) }, PERSON_MS);

/** Whom a memo is for, as far as that is known by now. */
export const recipientsOf = ({ chat, target }: Pick<Memo, 'chat' | 'target'>): Recipient[] => {
  const to = chat ?? (target && 'chat' in target ? target.chat : undefined);
  const phone = target && 'handle' in target ? target.handle : undefined;
  return [...(to ? [{ chat: to }] : []), ...(phone ? [{ phone }] : [])];
};

const removeStops = async (notes: Notes, subject: string, by: readonly Stopper[]): Promise<void> => {
  await Promise.all(by.map((each) => notes.remove(noteOfStop(each, subject))));
};

const subjectsOf = async (notes: Pick<Notes, 'read'>, recipients: readonly Recipient[]): Promise<string[]> => {
  const chats = recipients.flatMap((recipient) => ('chat' in recipient ? [recipient.chat] : []));
  const persons = await Promise.all(chats.map(async (chat) => (await notes.read(noteOfPerson(chat)))?.person));
  return [...new Set([...recipients.map(subjectOf), ...persons.filter((person) => person !== undefined)])];
};

/** No number stands in a key: an erasure of it would not find it there. */
const subjectOf = (recipient: Recipient): string => {
  const facts =
    'phone' in recipient ? ['phone', canonicalNumber(recipient.phone)] : ['chat', recipient.chat.toLowerCase()];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
};
const noteOfStop = (by: Stopper, subject: string): string => `stop#${by}#${subject}`;
const noteOfPerson = (chat: string): string => `person#${chat.toLowerCase()}`;
