import * as z from 'zod';
import { AftercallError } from '../core/model/errors.ts';

const answerSchema = z.object({ memo: z.string() });

/**
 * Has the call system on a laptop make a test call.
 * @returns a function that makes one call and answers with the id of its memo
 * @throws AftercallError `unavailable` where the call system or the hook did not answer
 */
export const testCalls = (url: string) => async (): Promise<string> => {
  try {
    const answer = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(30_000) });
    return answerSchema.parse(await answer.json()).memo;
  } catch (cause) {
    throw new AftercallError('unavailable', 'the test call failed: read the log of npm start', { cause });
  }
};
