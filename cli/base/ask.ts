import { createInterface } from 'node:readline/promises';
import { Failure } from './failure.ts';
import type { Runtime } from './runtime.ts';

/** A question to whoever is at the terminal; all but a yes is a no, a Ctrl-C too. */
export const confirm = async (runtime: Runtime, question: string): Promise<boolean> =>
  /^y(es)?$/i.test(await ask(runtime, `${question} [y/N] `));

/** What is typed in answer; nothing after a Ctrl-C. */
export const ask = async ({ stdin, stderr }: Runtime, question: string): Promise<string> => {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return (await lines.question(question)).trim();
  } catch {
    stderr.write('\n');
    return '';
  } finally {
    lines.close();
  }
};

/** A secret: typed without an echo at a terminal, else all of standard input. */
export const readSecret = async (runtime: Runtime, name: string): Promise<string> => {
  const { stdin } = runtime;
  const given = stdin.isTTY ? await typedUnseen(runtime, `${name}: `) : (await stdin.toArray()).join('');
  const value = given.trim();
  if (value === '') throw new Failure(`${name} is empty; nothing was changed`);
  if (/\s/.test(value))
    throw new Failure(
      `${name} has a space or a line break in it, and would be read as several values; a PEM goes in as base64`,
    );
  return value;
};

const [INTERRUPT, END, ERASE] = ['\u0003', '\u0004', ['\u007f', '\b']];

const typedUnseen = ({ stdin, stderr }: Runtime, prompt: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    const finish = (settle: () => void) => {
      stdin.off('data', read);
      stdin.setRawMode?.(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const read = (chunk: Buffer | string) => {
      for (const character of String(chunk)) {
        if (character === INTERRUPT) return finish(() => reject(new Failure('given up; nothing was changed')));
        if (character === '\r' || character === '\n' || character === END) return finish(() => resolve(text));
        text = ERASE.includes(character) ? text.slice(0, -1) : text + character;
      }
    };
    stderr.write(prompt);
    stdin.setRawMode?.(true);
    stdin.on('data', read);
    stdin.resume();
  });
