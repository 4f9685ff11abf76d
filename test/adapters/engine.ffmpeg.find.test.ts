import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aftercall-find-'));
  for (const name of ['ffmpeg', 'other']) writeFileSync(at(name), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(at('plain'), 'no program');
  chmodSync(at('plain'), 0o644);
  symlinkSync(folder, at('linked'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('FFMPEG_PATH wins over PATH', () => {
  expect(findFfmpeg({ FFMPEG_PATH: at('other'), PATH: folder })).toBe(at('other'));
});

test.each(['missing', 'plain'])(
  'an FFMPEG_PATH that cannot be run (%s) is a wrong configuration, whatever PATH has',
  (name) => {
    expect(() => findFfmpeg({ FFMPEG_PATH: at(name), PATH: folder })).toThrow(
      expect.objectContaining({ code: 'bad_configuration', message: `FFMPEG_PATH: ${at(name)} cannot be run` }),
    );
  },
);

test.each([
  ['the first folder that has it', () => [at('nowhere'), at('linked'), folder], () => at('linked', 'ffmpeg')],
  ['the only one', () => [folder], () => at('ffmpeg')],
])('on PATH it is found in %s', (_, folders, found) => {
  expect(findFfmpeg({ FFMPEG_PATH: undefined, PATH: folders().join(delimiter) })).toBe(found());
  expect(findFfmpeg({ FFMPEG_PATH: '', PATH: folders().join(delimiter) })).toBe(found());
});

test.each(['', 'nowhere'])('where there is none on PATH (%s), there is none', (name) => {
  expect(findFfmpeg({ FFMPEG_PATH: undefined, PATH: name && at(name) })).toBeUndefined();
});
