/**
 * Whether an event matches a pattern of EventBridge: each leaf lists what it may be, a value or `{ prefix }`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 * @throws Error for a filter that this function does not know, so that none is ignored silently
 */
export const matchesPattern = (pattern: unknown, event: unknown): boolean => {
  if (Array.isArray(pattern)) return pattern.some((filter) => matchesFilter(filter, event));
  return Object.entries(Object(pattern)).every(
    ([name, inner]) => Object.hasOwn(Object(event), name) && matchesPattern(inner, Object(event)[name]),
  );
};

const matchesFilter = (filter: unknown, value: unknown): boolean => {
  if (typeof filter !== 'object' || filter === null) return filter === value;
  const [[kind, operand] = [], ...more] = Object.entries(filter);
  if (kind === 'prefix' && more.length === 0) return typeof value === 'string' && value.startsWith(String(operand));
  throw new Error(`nothing here knows the filter ${JSON.stringify(filter)}`);
};
