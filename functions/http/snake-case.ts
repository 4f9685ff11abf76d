/** A type with every key in snake_case, at every depth. */
export type SnakeCase<T> = T extends readonly (infer Item)[]
  ? SnakeCase<Item>[]
  : T extends object
    ? { [Key in keyof T as Key extends string ? SnakeKey<Key> : Key]: SnakeCase<T[Key]> }
    : T;

type SnakeKey<Key extends string> = Key extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeKey<Rest>}`
  : Key;

/**
 * A value as the API's JSON has it. Rows and ports name their fields in camelCase.
 * @param value plain data: objects, arrays, text, numbers
 * @example snakeCase({ createdAt: 'now', audio: { sampleRate: 8000 } }) // { created_at: 'now', audio: { sample_rate: 8000 } }
 */
export const snakeCase = <T>(value: T): SnakeCase<T> => {
  if (Array.isArray(value)) return value.map(snakeCase) as SnakeCase<T>;
  if (typeof value !== 'object' || value === null) return value as SnakeCase<T>;
  const entries = Object.entries(value).map(([key, item]) => [snakeKey(key), snakeCase(item)]);
  return Object.fromEntries(entries); // the mapped type says what these entries are
};

const snakeKey = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
