import { Logger } from '@aws-lambda-powertools/logger';
import type { Level } from '../core/observe/metrics.ts';
import type { Log, LogFacts } from '../core/ports/ports.ts';
import { type Counting, type CountLine, powertoolsMetrics } from './metrics.powertools.ts';

/**
 * Writes one JSON line for each message, by Powertools. Of an error the line has name, code and stack, never a whole
 * body.
 * @param counting with a stage, the lines also have the metrics that CloudWatch counts
 */
export const powertoolsLog = (
  service: string,
  { stage, sources = [] }: { stage?: string | undefined; sources?: Counting['sources'] } = {},
): Log => {
  const logger = new Logger({ serviceName: service });
  const count: CountLine = stage === undefined ? () => ({}) : powertoolsMetrics(service, { stage, sources });
  const write =
    (level: Level): Log['info'] =>
    (message, facts = {}) =>
      logger[level](message, { ...plain(facts), ...count(level, facts) });
  return { info: write('info'), warn: write('warn'), error: write('error') };
};

/** Cleans every text: even the name of an unknown source comes from a caller, and may contain a query string. */
const plain = ({ error, ...facts }: LogFacts): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, typeof fact === 'string' ? redact(fact) : fact]),
  ),
  ...(error !== undefined && { error: shape(error) }),
});

/** An error's message may quote a URL with its signature, so query strings are cut off. */
const shape = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { message: redact(String(error)) };
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? String(error.code) : undefined;
  return {
    name,
    message: redact(message),
    ...(code && { code }),
    ...(stack && { stack: redact(stack) }),
    ...(cause instanceof Error && { cause: shape(cause) }),
  };
};

/** Query strings, and telephone numbers with or without a plus sign. Digits within a UUID or an id stay. */
export const redact = (text: string): string =>
  text
    .replace(/\?[^\s"'<>]+/g, '?…')
    .replace(/(\+|%2B)\d[\d\s().-]{5,18}\d/gi, '+…')
    .replace(/(?<![\w-])\d{10,15}(?![\w-])/g, '…');
