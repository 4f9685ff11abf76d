import type { AttributeValue, GlobalSecondaryIndexDescription } from '@aws-sdk/client-dynamodb';

// The rules of DynamoDB's guide: "DynamoDB item sizes and formats", "Write request units for global secondary indexes".

export type Item = Record<string, AttributeValue>;

/** Write request units of one write, on the table and on each key of an index, such as `by-state sent`. */
export interface WriteUnits {
  table: number;
  keys: Record<string, number>;
}

/**
 * The cost of one write of an item. A write that changes nothing, or whose condition fails, also costs a unit.
 * @param before the item before the write, undefined if there was none
 * @param after the item after the write, undefined if it was deleted
 */
export const writeUnits = (
  before: Item | undefined,
  after: Item | undefined,
  indexes: readonly GlobalSecondaryIndexDescription[],
): WriteUnits => ({
  table: Math.max(unitsOf(before), unitsOf(after), 1),
  keys: indexes.map((index) => keyUnits(projected(before, index), projected(after, index), index)).reduce(sums, {}),
});

/** An entry that moves to another key needs a delete and a put. An entry that changes in its place needs one write. */
const keyUnits = (
  before: Item | undefined,
  after: Item | undefined,
  index: GlobalSecondaryIndexDescription,
): Record<string, number> => {
  const at = (item: Item, units: number) => {
    const [partition = ''] = keysOf(index);
    return { [`${index.IndexName} ${item[partition]?.S}`]: units };
  };
  // One of the two exists.
  if (!before || !after) return before || after ? at((before ?? after) as Item, unitsOf(before ?? after)) : {};
  if (JSON.stringify(before) === JSON.stringify(after)) return {};
  const moved = keysOf(index).some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  if (!moved) return at(after, Math.max(unitsOf(before), unitsOf(after)));
  return sums(at(before, unitsOf(before)), at(after, unitsOf(after)));
};

/** Adds the numbers of two records. */
export const sums = (one: Record<string, number>, other: Record<string, number>): Record<string, number> => {
  const all: Record<string, number> = { ...one };
  for (const [name, number] of Object.entries(other)) all[name] = (all[name] ?? 0) + number;
  return all;
};

/** The index's entry, with sorted attributes for comparisons; undefined if the item lacks one of the index's keys. */
export const projected = (item: Item | undefined, index: GlobalSecondaryIndexDescription): Item | undefined => {
  if (!item || keysOf(index).some((name) => !(name in item))) return undefined;
  const type = index.Projection?.ProjectionType;
  const kept = [...keysOf(index), 'pk', ...(index.Projection?.NonKeyAttributes ?? [])];
  const names = Object.keys(item).filter((name) => type === 'ALL' || kept.includes(name));
  return Object.fromEntries(names.sort().map((name) => [name, item[name] as AttributeValue])); // names of the item
};

const keysOf = ({ KeySchema = [] }: GlobalSecondaryIndexDescription): string[] =>
  KeySchema.flatMap(({ AttributeName }) => AttributeName ?? []);

const unitsOf = (item: Item | undefined): number => (item ? Math.ceil(itemBytes(item) / 1024) : 0);

/** The size that DynamoDB bills: each name in UTF-8, and each value. */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

const valueBytes = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.SS !== undefined) return value.SS.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, one) => sum + numberBytes(one), 0);
  if (value.B !== undefined) return value.B.length;
  if (value.L !== undefined) return value.L.reduce((sum, one) => sum + 1 + valueBytes(one), 3);
  if (value.M !== undefined)
    return Object.entries(value.M).reduce((sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + valueBytes(one), 3);
  throw new Error(`nothing here knows the size of ${JSON.stringify(value)}`);
};

/** About a byte for two significant digits, and one more. */
const numberBytes = (text: string): number => {
  const digits = text.replace(/[^0-9]/g, '').replace(/^0+|0+$/g, '').length;
  return Math.ceil(digits / 2) + 1 + (text.startsWith('-') ? 1 : 0);
};
