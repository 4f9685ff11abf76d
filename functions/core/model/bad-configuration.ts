import { AftercallError } from './errors.ts';

/** The mistakes of a `badConfiguration`, so that several errors can be shown as one. */
export const mistakesIn = ({ message }: AftercallError): string[] =>
  message.split('\n').flatMap((line) => (line.startsWith('  - ') ? [line.slice(4)] : []));

export const badConfiguration = (wrong: readonly string[]): AftercallError =>
  new AftercallError(
    'bad_configuration',
    `The configuration has ${wrong.length === 1 ? 'a mistake' : `${wrong.length} mistakes`}:\n${wrong.map((line) => `  - ${line}`).join('\n')}`,
  );

/**
 * What loading `bridge.config.ts` has thrown, as a mistake with its line: a person reads a sentence and no stack.
 * @returns the error itself where it is a `badConfiguration`
 */
export const asBadConfiguration = (error: unknown): AftercallError => {
  if (error instanceof AftercallError && error.code === 'bad_configuration') return error;
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const at = /bridge\.config\.ts(:\d+(:\d+)?)/.exec(stack)?.[1] ?? '';
  const [sentence = ''] = message.replace(/file:\/\/\S*\//g, '').split('\n');
  return badConfiguration([`bridge.config.ts${at}: cannot be loaded: ${sentence}`]);
};
