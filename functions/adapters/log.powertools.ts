import { Logger } from '@aws-lambda-powertools/logger';
import type { Log, LogFacts } from '../core/ports.ts';

/** One JSON line per message, by Powertools. An error gives its name, code and stack, never its whole body. */
export const powertoolsLog = (service: string): Log => {
  const logger = new Logger({ serviceName: service });
  return {
    info: (message, facts = {}) => logger.info(message, plain(facts)),
    warn: (message, facts = {}) => logger.warn(message, plain(facts)),
    error: (message, facts = {}) => logger.error(message, plain(facts)),
  };
};

const plain = ({ error, ...facts }: LogFacts): Record<string, unknown> =>
  error === undefined ? { ...facts } : { ...facts, error: shape(error) };

/** An error's message may quote a URL with its signature: query strings are cut off. */
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

export const redact = (text: string): string => text.replace(/\?[^\s"'<>]*/g, '?…').replace(/\+\d{7,15}/g, '+…');
