import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

// What the script prints before it builds. The build itself needs minutes and Debian's sources: docs/ffmpeg-layer.md.
const script = fileURLToPath(new URL('../../infra/ffmpeg-layer.sh', import.meta.url));

/** The only folder on the script's PATH. So the script sees a machine with just these commands. */
let bin = '';
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'aftercall-bin-'));
});
afterEach(() => rmSync(bin, { recursive: true }));

const has = (commands: Readonly<Record<string, string>>) => {
  for (const [name, answer] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
  }
};
const build = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('/bin/sh', [script, ...args], {
    cwd: bin,
    env: { PATH: bin },
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
};

const debianOn = (architecture: string) => ({
  dpkg: `[ $1 = --print-architecture ] && echo ${architecture}`, // and no package is installed
  'apt-get': 'exit 1',
  'apt-cache': 'exit 1',
});
const tools = { 'dpkg-source': '', make: '', gcc: '', zip: '' };

describe('the script that builds the ffmpeg layer says plainly', () => {
  test('that Lambda has no such architecture', () => {
    expect(build('mips')).toEqual({
      status: 1,
      said: "ffmpeg-layer: Lambda has no 'mips': say arm64 or x86_64\n",
    });
  });

  test('that it wants Debian', () => {
    expect(build()).toEqual({
      status: 1,
      said: 'ffmpeg-layer: this needs apt and dpkg: run it on Debian, or in a container of it\n',
    });
  });

  test.each([
    ['arm64', 'amd64', 'build-essential zip gcc-aarch64-linux-gnu libc6-dev-arm64-cross'],
    ['arm64', 'arm64', 'build-essential zip'],
    ['x86_64', 'amd64', 'build-essential zip nasm'],
    ['x86_64', 'arm64', 'build-essential zip nasm gcc-x86-64-linux-gnu libc6-dev-amd64-cross'],
  ])('every package that %s takes on Debian %s', (arch, host, packages) => {
    has(debianOn(host));
    expect(build(arch)).toEqual({ status: 1, said: `ffmpeg-layer: first: apt-get install ${packages}\n` });
  });

  test('that the other architecture has a compiler, and no C library', () => {
    has({ ...debianOn('amd64'), ...tools, 'aarch64-linux-gnu-gcc': '' });
    expect(build()).toEqual({ status: 1, said: 'ffmpeg-layer: first: apt-get install libc6-dev-arm64-cross\n' });
  });

  test('that apt has no source packages, and what to write', () => {
    has({ ...debianOn('arm64'), ...tools });
    expect(build()).toEqual({
      status: 1,
      said: "ffmpeg-layer: apt has no source packages: in its sources make 'Types: deb' into 'Types: deb deb-src', then apt-get update\n",
    });
  });
});
