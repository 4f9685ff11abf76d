/** The parts of Dynalite that code uses to write its LevelDB directly, without its server. */
declare module 'dynalite/db/index.js' {
  import type { AttributeValue } from '@aws-sdk/client-dynamodb';

  type Item = Record<string, AttributeValue>;
  interface Operation {
    type: 'put';
    key: string;
    value: string;
    valueEncoding: string;
  }
  namespace dynalite {
    interface Table {
      GlobalSecondaryIndexes: unknown[];
    }
    interface Store {
      db: { open(): Promise<void>; batch(operations: Operation[]): Promise<void>; close(): Promise<void> };
      getTable(name: string, done: (error: unknown, table?: Table) => void): void;
    }
  }
  const dynalite: {
    create(options: { path: string }): dynalite.Store;
    createKey(item: Item, table: dynalite.Table): string;
    getIndexActions(
      indexes: unknown[],
      existing: undefined,
      item: Item,
      table: dynalite.Table,
    ): { puts: { index: string; key: string }[] };
  };
  export default dynalite;
}
