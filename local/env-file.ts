import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';

type Environment = Record<string, string | undefined>;

/** `.env` of the project, or the file that AFTERCALL_ENV_FILE names. `npm start` and the command read the same file. */
export const envFileOf = (environment: Readonly<Environment>): string =>
  environment.AFTERCALL_ENV_FILE || fileURLToPath(new URL('../.env', import.meta.url));

/**
 * Adds the variables of the file. A variable that the shell has set stays.
 * @returns a warning where others may read the file; undefined where all is well
 */
export const loadEnvFile = (environment: Environment): string | undefined => {
  const file = envFileOf(environment);
  if (!existsSync(file)) return undefined;
  for (const [name, value] of Object.entries(parseEnv(readFileSync(file, 'utf8')))) environment[name] ??= value;
  const isOpen = statSync(file).isFile() && (statSync(file).mode & 0o077) !== 0;
  return isOpen ? `${file} holds secrets, and other users may read it: chmod 600 ${file}` : undefined;
};

/** Sets one variable in the file, and leaves its other lines. Only its owner may read the file. */
export const setInEnvFile = (file: string, name: string, value: string): void => {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const others = before.split('\n').filter((line) => !new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(line));
  const lines = [
    ...others
      .join('\n')
      .trimEnd()
      .split('\n')
      .filter((line, at) => at > 0 || line !== ''),
    line(name, value),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  chmodSync(file, 0o600); // the mode above counts only for a new file
};

/** The quote that the value does not hold: parseEnv knows no escapes. */
const line = (name: string, value: string): string => {
  if (/^[\w@%+,./:-]*$/.test(value)) return `${name}=${value}`;
  const quote = ["'", '"', '`'].find((each) => !value.includes(each));
  if (quote === undefined)
    throw new Error(`the value of ${name} holds all three kinds of quotes: write it into the file by hand`);
  return `${name}=${quote}${value}${quote}`;
};
