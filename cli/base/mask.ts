import { maskNumber } from '../../functions/core/model/mask.ts';

/** In text only what is surely a telephone number, since ids have many digits too. */
const NUMBER = /(?:\+|%2B)[1-9]\d{6,14}(?!\d)/gi;
/** Fields whose values are telephone numbers. */
const PERSONAL = ['from', 'to', 'line', 'handle', 'phone', 'phone_number', 'forwarding_number'];

export { maskNumber as masked };

/** @param typed the user's own arguments, which may be shown */
export const maskText = (text: string, typed: ReadonlySet<string>): string =>
  text.replace(NUMBER, (number) => (typed.has(number.replace(/^%2B/i, '+')) ? number : maskNumber(number)));

export const maskJson = (value: unknown, typed: ReadonlySet<string>, name = ''): unknown => {
  if (Array.isArray(value)) return value.map((each) => maskJson(each, typed, name));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, maskJson(each, typed, key)]));
  if (typeof value !== 'string') return value;
  return PERSONAL.includes(name) ? maskParty(value, typed) : maskText(value, typed);
};

/** A party of a call: a number in any spelling is masked, a name stays. */
export const maskParty = (party: string, typed: ReadonlySet<string>): string => {
  if (typed.has(party)) return party;
  return /^[+\d\s().-]+$/.test(party) && party.replace(/\D/g, '').length >= 5
    ? maskNumber(party)
    : maskText(party, typed);
};
