import { vi } from 'vitest';

/**
 * Everything that the functions print from now on, and nothing on the terminal: their logger writes directly to the
 * streams. `vi.restoreAllMocks()` ends the recording.
 */
export const recordOutput = (): string[] => {
  const logged: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((words) => logged.push(String(words)) > 0);
  }
  return logged;
};

/** As `recordOutput`, with what programs write to the console. */
export const recordOutputAndConsole = (): string[] => {
  const logged = recordOutput();
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => void logged.push(words.map(String).join(' ')));
  }
  return logged;
};
