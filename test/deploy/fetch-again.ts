import { setTimeout } from 'node:timers/promises';

/**
 * On a busy machine, a service of an emulated cloud may take longer than the two seconds that the functions allow: moto gets one request
 * to DynamoDB at a time, and the page makes dozens at once.
 */
const GIVE_UP_MS = 150_000;

/**
 * Sends a request, and sends it again after a 503 with Retry-After, after that time, as a sender or a person does, for two minutes and a half.
 * @param onAgain called before each repetition
 */
export const fetchAgain = async (url: string, init: RequestInit = {}, onAgain = () => {}): Promise<Response> => {
  for (const end = Date.now() + GIVE_UP_MS; ; ) {
    const answer = await fetch(url, init);
    const afterSeconds = Number(answer.headers.get('retry-after'));
    if (answer.status !== 503 || afterSeconds === 0 || Date.now() > end) return answer;
    onAgain();
    await setTimeout(afterSeconds * 1000);
  }
};
