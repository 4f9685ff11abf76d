import { FAULTS, type Faults } from './faults.ts';
import type { Speed } from './speed.ts';

export interface Compared {
  name: string;
  settings: string;
  speed: Speed;
  faults: Faults;
}

interface ComparedFacts {
  date: string;
  load: number;
  memos: number;
  /** Programs that could not be compared. */
  failed: readonly { name: string; reason: string }[];
}

/** The section of docs/figures.md. */
export const comparisonPage = (compared: readonly Compared[], { date, load, memos, failed }: ComparedFacts): string => {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const row = (what: string, of: (each: Compared) => string | number) => line([what, ...compared.map(of)]);
  const round = (value: number) => Math.round(value).toLocaleString('en');
  return [
    '## Beside what people would otherwise use',
    '',
    `One run of \`npm run bench:peers\` on ${date.replace('T', ', ')} UTC, load average ${load.toFixed(1)} before the run. The same flow, recordings and servers`,
    'for each program: webhook, download, PUT into the embedded S3, presigned URL, POST to the mock of Linq, which fetches the URL.',
    ...compared.map(({ name, settings }) => `${name}: ${settings}.`),
    ...failed.map(({ name, reason }) => `${name} could not be compared here: ${reason}.`),
    'Node-RED and n8n are general tools that do much else; each has its best headless settings here. Aftercall answers after a durable write,',
    'they answer from memory. The embedded SQS and DynamoDB work for Aftercall alone, on the same cores; their memory is not counted.',
    '',
    line([`recordings of 9.8 MB`, ...compared.map(({ name }) => name)]),
    line(['---', ...compared.map(() => '---:')]),
    row('one memo, webhook to Linq, ms', ({ speed }) => round(speed.oneMemoMs)),
    row(
      `${memos} memos, 16 webhooks at once: acknowledged p50, p99, ms`,
      ({ speed }) => `${round(speed.ackP50)}, ${round(speed.ackP99)}`,
    ),
    row('the same: all at Linq after, s', ({ speed }) => speed.seconds.toFixed(1)),
    row(
      'memory idle, peak, MB (all processes of the program)',
      ({ speed }) => `${round(speed.idleMegabytes)}, ${round(speed.peakMegabytes)}`,
    ),
    '',
    line(['faults, recordings of 1 MB', ...compared.map(({ name }) => name)]),
    line(['---', ...compared.map(() => '---:')]),
    ...Object.entries(FAULTS).map(([fault, what]) => row(what, ({ faults }) => faults[fault as keyof Faults])), // its own keys
    '',
  ].join('\n');
};
