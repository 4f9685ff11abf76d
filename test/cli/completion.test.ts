import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { running } from './running.ts';

const COMMAND = fileURLToPath(new URL('../../cli/aftercall', import.meta.url));
const scriptFor = async (shell: string) => (await running(['completion', shell])).out;

/** What a real bash offers behind these words; the last one is being typed. */
const offered = (script: string, ...words: string[]): string[] => {
  const ask = `\nCOMP_WORDS=(aftercall ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _aftercall; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['--norc', '--noprofile', '-c', script + ask], { encoding: 'utf8' });
  return out.split('\n').filter(Boolean);
};

test('bash completes a subcommand, an option, a subcommand of a subcommand, and a choice', async () => {
  const script = await scriptFor('bash');
  expect(offered(script, 'mem')).toEqual(['memos', 'memo']);
  expect(offered(script, 'memos', '--st')).toEqual(['--state', '--stage']);
  expect(offered(script, '--stage', 'prod', 'memos', '--ca')).toEqual(['--call']);
  expect(offered(script, 'secrets', 's')).toEqual(['set']);
  expect(offered(script, 'completion', 'z')).toEqual(['zsh']);
  expect(offered(script, 'memos', 'nothing-of-ours')).toEqual([]);
});

test('bash knows the completion of the word aftercall', async () => {
  const script = `${await scriptFor('bash')}\ncomplete -p aftercall`;
  expect(execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' })).toContain('-F _aftercall aftercall');
});

test('a shell that reads the command’s own output completes a word', () => {
  const line = `source <('${COMMAND}' completion bash); COMP_WORDS=(aftercall so) COMP_CWORD=1; _aftercall; echo "\${COMPREPLY[@]}"`;
  expect(execFileSync('bash', ['--norc', '--noprofile', '-c', line], { encoding: 'utf8' })).toBe('sources\n');
});

const isInstalled = (shell: string) => spawnSync(shell, ['--version']).status === 0;

describe.for([
  ['bash', '-n'],
  ['zsh', '-n'],
  ['fish', '--no-execute'],
] as const)('%s', ([shell, onlyRead]) => {
  test.skipIf(!isInstalled(shell))('reads its script without a mistake', async () => {
    const input = await scriptFor(shell);
    const { status, stderr } = spawnSync(shell, [onlyRead], { input, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

test('the scripts of zsh and fish name every subcommand and the options of each', async () => {
  const { out: help } = await running(['--help']);
  const names = [...help.matchAll(/^ {2}([a-z][a-z-]+)(?= |$)/gm)].flatMap(([, name]) =>
    name && name !== 'help' ? [name] : [],
  );
  expect(names.length).toBeGreaterThan(15);
  for (const shell of ['zsh', 'fish']) {
    const script = await scriptFor(shell);
    for (const name of names) expect(script).toMatch(new RegExp(`\\b${name}\\b`));
    expect(script).toMatch(
      shell === 'fish' ? /seen_subcommand_from memos' -l state -r/ : /' memos'\) compadd -- .*--state/,
    );
  }
});

test('another shell is a wrong call', async () => {
  expect((await running(['completion', 'tcsh'])).code).toBe(2);
});
