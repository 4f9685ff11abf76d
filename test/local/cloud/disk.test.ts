import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { diskFault } from '../../../local/cloud/disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'aftercall-disk-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a disk that takes data has no fault, and the trial leaves nothing behind', () => {
  const told: unknown[] = [];
  expect(diskFault(folder, (fault) => told.push(fault))()).toBeUndefined();
  expect([readdirSync(folder), told]).toEqual([[], []]);
});

// Linux gives each process a folder on which nobody can write.
test.skipIf(process.platform !== 'linux')('what is no trouble of a disk is no fault of it', () => {
  expect(diskFault('/proc/self')()).toBeUndefined();
  expect(diskFault(join(folder, 'absent'))()).toBeUndefined();
});
