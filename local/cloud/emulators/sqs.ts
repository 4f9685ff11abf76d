import type { DatabaseSync } from 'node:sqlite';
import { buildApp } from 'fauxqs';
import { accessKeyAlone, all, jsonApiAlone, noPages, ownName } from '../../loopback/guard.ts';
import { type Listening, listen } from '../../loopback/listen.ts';
import { type Credentials, LOCAL_CREDENTIALS } from '../credentials.ts';

/** fauxqs's own parts, which its package does not export. */
interface Parts {
  SqsStore: new () => Store & { allQueues(): Iterable<Store> };
  SnsStore: new () => Store;
  S3Store: new () => Store;
  PersistenceManager: new (directory: string) => Disk;
}
interface Disk {
  db: DatabaseSync;
  loadSqsAndSns(sqs: Store, sns: Store): void;
  insertMessage(...given: readonly unknown[]): void;
  updateMessageReady(messageId: string): void;
  close(): void;
}
interface Store {
  persistence?: unknown;
}

interface SqsOptions {
  port: number;
  directory: string;
  /** @default those of this process */
  credentials?: Credentials;
}

/**
 * SQS on loopback, by fauxqs, in SQLite. Its `startFauxqs` listens on every interface of the machine, and a queue that
 * the neighbours can write to is no queue of ours; so its parts are put together here, as it does, on 127.0.0.1. It brings
 * SNS and S3 too, open to everybody: the guard lets SQS alone pass, signed with our key.
 */
export const startSqs = async ({
  port,
  directory,
  credentials = LOCAL_CREDENTIALS,
}: SqsOptions): Promise<Listening> => {
  const { SqsStore, SnsStore, S3Store, PersistenceManager } = await parts();
  const [sqsStore, snsStore, s3Store] = [new SqsStore(), new SnsStore(), new S3Store()];
  const disk = syncOnlyAccepted(fixed(new PersistenceManager(directory)));
  disk.loadSqsAndSns(sqsStore, snsStore); // before the stores write through, or loading deletes what it loads
  sqsStore.persistence = disk;
  for (const queue of sqsStore.allQueues()) queue.persistence = disk;

  // The stores are the very classes that `buildApp` expects; only their types are not exported.
  const app = buildApp({ logger: false, stores: { sqsStore, snsStore, s3Store } as never });
  app.addHook('preClose', () => disk.close());
  await app.ready();
  const guard = all(ownName(), noPages, jsonApiAlone('AmazonSQS'), accessKeyAlone(credentials));
  const listening = await listen(app.server, port, guard);
  return {
    ...listening,
    async stop() {
      await listening.stop();
      await app.close();
    },
  };
};

/** Its own way of writing that a message is visible at once leaves out a count that must be there, and loses the message. */
const fixed = (disk: Disk): Disk => {
  const ready = disk.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  disk.updateMessageReady = (messageId) => ready.run(messageId);
  return disk;
};

/**
 * Has SQLite wait for the disk only where a message is accepted. By default every receipt, lease and deletion waits too, and the
 * count of a FIFO queue besides: six waits a memo, during which nobody is answered. A power cut may undo the last of those; then
 * a message comes again, as SQS may always have it. The end of a process undoes nothing.
 * https://sqlite.org/pragma.html#pragma_synchronous
 */
export const syncOnlyAccepted = <D extends Pick<Disk, 'db' | 'insertMessage'>>(disk: D): D => {
  const insert = disk.insertMessage.bind(disk);
  disk.db.exec('PRAGMA synchronous = NORMAL');
  disk.insertMessage = (...given) => {
    disk.db.exec('PRAGMA synchronous = FULL'); // the log is one file: all that was written before is on the disk with it
    try {
      insert(...given);
    } finally {
      disk.db.exec('PRAGMA synchronous = NORMAL');
    }
  };
  return disk;
};

const parts = async (): Promise<Parts> => {
  const from = (path: string) => import(new URL(path, import.meta.resolve('fauxqs')).href);
  const [sqs, sns, s3, disk] = await Promise.all([
    from('./sqs/sqsStore.js'),
    from('./sns/snsStore.js'),
    from('./s3/s3Store.js'),
    from('./persistence.js'),
  ]);
  return { ...sqs, ...sns, ...s3, ...disk };
};
