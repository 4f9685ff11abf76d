import { AftercallError } from './core/model/errors.ts';

/** The mistakes of a `badConfiguration`, so that several errors can be shown as one. */
export const mistakesIn = ({ message }: AftercallError): string[] =>
  message.split('\n').flatMap((line) => (line.startsWith('  - ') ? [line.slice(4)] : []));

export const badConfiguration = (wrong: readonly string[]): AftercallError =>
  new AftercallError(
    'bad_configuration',
    `The configuration has ${wrong.length === 1 ? 'a mistake' : `${wrong.length} mistakes`}:\n${wrong.map((line) => `  - ${line}`).join('\n')}`,
  );
