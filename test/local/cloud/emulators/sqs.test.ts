import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { syncOnlyAccepted } from '../../../../local/cloud/emulators/sqs.ts';

const FULL = 2;
const NORMAL = 1;

test('SQLite waits for the disk where a message is accepted, and nowhere else', () => {
  const db = new DatabaseSync(':memory:');
  const level = () => db.prepare('PRAGMA synchronous').get()?.synchronous;
  expect(level()).toBe(FULL); // the default: every write waits for the disk
  const seen: unknown[] = [];
  const disk = syncOnlyAccepted({ db, insertMessage: (...given) => void seen.push(given, level()) });

  expect(level()).toBe(NORMAL);
  disk.insertMessage('recordings.fifo', 'a message');
  expect(seen).toEqual([['recordings.fifo', 'a message'], FULL]);
  expect(level()).toBe(NORMAL);
  db.close();
});

test('a message that cannot be written leaves the next writes as they were', () => {
  const db = new DatabaseSync(':memory:');
  const full = () => {
    throw new Error('the disk is full');
  };
  const disk = syncOnlyAccepted({ db, insertMessage: full });
  expect(() => disk.insertMessage()).toThrow('the disk is full');
  expect(db.prepare('PRAGMA synchronous').get()?.synchronous).toBe(NORMAL);
  db.close();
});
