import { AftercallError } from '../core/model/errors.ts';

/** The file is damaged, or an engine cannot read it. The reason is for the memo's row. */
export const cannotRead = (reason: string): AftercallError => new AftercallError('unreadable', reason);

const NO_SOUND = 'there is no sound in it';
/** No packet of the file can be read. */
export const noSound = (): AftercallError => cannotRead(NO_SOUND);
export const isNoSound = ({ message }: AftercallError): boolean => message === NO_SOUND;

/** The decoded sound is no call. The reason holds for each engine, so the other engine does not try. */
export class NoCall extends AftercallError {
  constructor(reason: string) {
    super('unreadable', reason);
  }
}

/** The file holds some sound, but too little. The source may still be writing the file. */
export const tooLittleHeard = (reason: string): AftercallError =>
  new AftercallError('unreadable', reason, { retryable: true });

/** A library's message, in brackets, short and on one line, since the file may influence its text. */
export const asCannotRead = (error: unknown): AftercallError => {
  if (error instanceof AftercallError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return cannotRead(`it cannot be read (${words.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 120)})`);
};

export const isUnreadable = (error: unknown): error is AftercallError =>
  error instanceof AftercallError && error.code === 'unreadable';
