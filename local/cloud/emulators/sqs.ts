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
  /** @default the credentials of this process */
  credentials?: Credentials;
  /** Why nothing can be written now. */
  fault?: () => string | undefined;
}

/**
 * SQS on loopback, by fauxqs, in SQLite. `startFauxqs` listens on every interface of the machine, where other machines
 * could write to the queues, so this function puts the same parts together on 127.0.0.1. fauxqs also serves SNS and S3
 * to everybody: the guard accepts only SQS calls with our key.
 */
export const startSqs = async ({
  port,
  directory,
  credentials = LOCAL_CREDENTIALS,
  fault,
}: SqsOptions): Promise<Listening> => {
  const { SqsStore, SnsStore, S3Store, PersistenceManager } = await parts();
  const [sqsStore, snsStore, s3Store] = [new SqsStore(), new SnsStore(), new S3Store()];
  const disk = syncOnlyAccepted(fixed(new PersistenceManager(directory)));
  disk.loadSqsAndSns(sqsStore, snsStore); // before the stores write to disk, or loading deletes the loaded data
  sqsStore.persistence = disk;
  for (const queue of sqsStore.allQueues()) queue.persistence = disk;

  // The stores have the classes that `buildApp` expects; fauxqs does not export their types.
  const app = buildApp({ logger: false, stores: { sqsStore, snsStore, s3Store } as never });
  app.addHook('preClose', () => disk.close());
  await app.ready();
  const guard = all(ownName(), noPages, jsonApiAlone('AmazonSQS'), accessKeyAlone(credentials));
  const listening = await listen(app.server, port, guard, fault);
  return {
    ...listening,
    async stop() {
      await listening.stop();
      await app.close();
    },
  };
};

/** When fauxqs writes that a message is visible at once, it leaves out a required count, and loses the message. */
const fixed = (disk: Disk): Disk => {
  const ready = disk.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  disk.updateMessageReady = (messageId) => ready.run(messageId);
  return disk;
};

/**
 * Makes SQLite wait for the disk only when a message is accepted. By default, every receipt, lease, deletion and count
 * of a FIFO queue waits too: six waits for each memo, during which nobody gets an answer. A power cut may undo the last
 * of these writes; then a message comes again, which SQS always allows. The end of a process undoes nothing.
 * https://sqlite.org/pragma.html#pragma_synchronous
 */
export const syncOnlyAccepted = <D extends Pick<Disk, 'db' | 'insertMessage'>>(disk: D): D => {
  const insert = disk.insertMessage.bind(disk);
  disk.db.exec('PRAGMA synchronous = NORMAL');
  disk.insertMessage = (...given) => {
    // The log is one file, so all earlier writes reach the disk too.
    disk.db.exec('PRAGMA synchronous = FULL');
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
