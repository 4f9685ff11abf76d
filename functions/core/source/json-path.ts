/** The value at a dotted path (`call.recordings.0.url`); own properties only. */
export const valueAt = (json: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Object(value)[name] : undefined,
      json,
    );

/** Text, or an integer that JSON has kept exact, as text. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value))) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
};
