import { AftercallError } from '../core/errors.ts';

/** The file is at fault, or an engine's grasp of it; the words are for the memo's row. */
export const cannotRead = (why: string): AftercallError => new AftercallError('unreadable', why);
