import { AftercallError } from '../core/model/errors.ts';

/** The file is at fault, or an engine's grasp of it; the words are for the memo's row. */
export const cannotRead = (reason: string): AftercallError => new AftercallError('unreadable', reason);

/** What was heard is no call, whichever engine hears it: no other is asked. */
export class NoCall extends AftercallError {
  constructor(reason: string) {
    super('unreadable', reason);
  }
}

/** The file holds some sound, and too little of it: there may be more of it later. */
export const tooLittleHeard = (reason: string): AftercallError =>
  new AftercallError('unreadable', reason, { retryable: true });

/** A library's own words stand in brackets, short and on one line: a file may have a say in them. */
export const asCannotRead = (error: unknown): AftercallError => {
  if (error instanceof AftercallError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return cannotRead(`it cannot be read (${words.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 120)})`);
};

export const isUnreadable = (error: unknown): error is AftercallError =>
  error instanceof AftercallError && error.code === 'unreadable';
