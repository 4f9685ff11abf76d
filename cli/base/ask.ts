import { createInterface } from 'node:readline/promises';
import { Failure } from './failure.ts';
import type { Runtime } from './runtime.ts';

/** Asks at the terminal. Every answer but y or yes is a no, also a Ctrl-C. */
export const confirm = async (runtime: Runtime, question: string): Promise<boolean> =>
  /^y(es)?$/i.test(await ask(runtime, `${question} [y/N] `));

/** The typed answer; empty after a Ctrl-C. */
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

/** Reads a secret: typed without an echo at a terminal, else the whole standard input. */
export const readSecret = async (runtime: Runtime, name: string): Promise<string> => {
  const { stdin } = runtime;
  const given = stdin.isTTY ? await typedUnseen(runtime, `${name}: `) : (await stdin.toArray()).join('');
  const value = given.trim();
  if (value === '') throw new Failure(`${name} is empty; nothing was changed`);
  if (/\s/.test(value))
    throw new Failure(
      `${name} holds a space or a line break, which separates values; nothing was changed. Encode a PEM as base64`,
    );
  return value;
};

/** A secret typed at a terminal without an echo; empty where the person types none. */
export const askSecret = async (runtime: Runtime, question: string): Promise<string> =>
  (await typedUnseen(runtime, question)).trim();

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
        if (character === INTERRUPT) return finish(() => reject(new Failure('interrupted; nothing was changed')));
        if (character === '\r' || character === '\n' || character === END) return finish(() => resolve(text));
        text = ERASE.includes(character) ? text.slice(0, -1) : text + character;
      }
    };
    stderr.write(prompt);
    stdin.setRawMode?.(true);
    stdin.on('data', read);
    stdin.resume();
  });
