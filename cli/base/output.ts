import { stripVTControlCharacters, styleText } from 'node:util';
import { maskJson, maskParty, maskText } from './mask.ts';
import type { Runtime } from './runtime.ts';

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** The only way to standard output and standard error: it hides secrets and masks telephone numbers. */
export interface Output {
  /** `--json`: standard output is one JSON value. */
  json: boolean;
  /** Whether a person at a terminal can answer questions. */
  person: boolean;
  line(text?: string): void;
  table(rows: readonly (readonly string[])[]): void;
  /** The value that `--json` prints. */
  result(value: unknown): void;
  /** One of many values, each on a line; for commands that follow. */
  jsonLine(value: unknown): void;
  /** A line that the next line replaces; at a terminal only. */
  progress(text: string): void;
  warn(text: string): void;
  paint(colour: Colour, text: string): string;
  party(party: string): string;
  /** From now on the secret is shown as dots. */
  redact(secret: string): void;
}

export const makeOutput = (
  { environment, stdin, stdout, stderr }: Runtime,
  { json, typed }: { json: boolean; typed: ReadonlySet<string> },
): Output => {
  const hidden = new Set<string>();
  const person = !json && stdin.isTTY === true && stdout.isTTY === true;
  const coloured = stdout.isTTY === true && !environment.NO_COLOR;
  let inProgress = false;

  const withoutSecrets = (text: string) => [...hidden].reduce((said, secret) => said.replaceAll(secret, '•••'), text);
  const say = (text: string) => withoutSecrets(maskText(text, typed));
  const clear = () => {
    if (inProgress) stderr.write('\r\x1b[K');
    inProgress = false;
  };
  const writeJson = (value: unknown, indent: number) => {
    clear();
    const shown = (_name: string, each: unknown) => (typeof each === 'string' ? withoutSecrets(each) : each);
    if (json) stdout.write(`${JSON.stringify(maskJson(value, typed), shown, indent)}\n`);
  };
  const line = (text = '') => {
    clear();
    if (!json) stdout.write(`${say(text)}\n`);
  };
  return {
    json,
    person,
    line,
    table: (rows) => {
      for (const row of aligned(rows.map((row) => row.map(say)))) line(row);
    },
    result: (value) => writeJson(value, 2),
    jsonLine: (value) => writeJson(value, 0),
    progress(text) {
      if (json || stderr.isTTY !== true) return;
      stderr.write(`\r\x1b[K${say(text)}`);
      inProgress = true;
    },
    warn(text) {
      clear();
      stderr.write(`${say(text)}\n`);
    },
    paint: (colour, text) => (coloured ? styleText(colour, text, { validateStream: false }) : text),
    party: (party) => maskParty(party, typed),
    redact: (secret) => {
      if (secret.length >= 8) hidden.add(secret);
    },
  };
};

/** Each column as wide as its widest cell. */
const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const width = (text: string) => stripVTControlCharacters(text).length;
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => width(row[at] ?? ''))));
  const padded = (cell: string, at: number) => cell + ' '.repeat((widths[at] ?? 0) - width(cell));
  return rows.map((row) => row.map(padded).join('  ').trimEnd());
};
