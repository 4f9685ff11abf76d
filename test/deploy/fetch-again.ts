import { setTimeout } from 'node:timers/promises';

/** On a busy machine, a service of an emulated cloud may take longer than the two seconds that the functions allow. */
const TRIES = 5;

/**
 * Sends a request, and sends it again after a 503 with Retry-After, after that time, as a sender or a person does: five tries in all.
 * @param onAgain called before each repetition
 */
export const fetchAgain = async (url: string, init: RequestInit = {}, onAgain = () => {}): Promise<Response> => {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(url, init);
    const afterSeconds = Number(answer.headers.get('retry-after'));
    if (answer.status !== 503 || afterSeconds === 0 || tries === TRIES) return answer;
    onAgain();
    await setTimeout(afterSeconds * 1000);
  }
};
