import http from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import type { Signed } from './delivery.ts';

/** How a request is sent: whole; cut off in the middle of its body; or whole, without waiting for the answer. */
export type Manner = 'whole' | 'cut in the middle' | 'hung up';

export interface Answer {
  status: number;
  memos: readonly string[];
}

/** The longest time that any sender waits for an answer. */
const PATIENCE_MS = 15_000;
const HUNG_UP_AFTER_MS = 5;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

const answerSchema = z.object({ memos: z.array(z.string()).default([]) });

/** Posts a webhook once. Undefined if no whole answer came. */
export const postWebhook = async (url: string, signed: Signed, manner?: Manner): Promise<Answer | undefined> => {
  const answer = await request(url, signed, manner);
  if (!answer) return undefined;
  const said = parsed(answer.text);
  return said === undefined
    ? undefined
    : { status: answer.status, memos: answerSchema.safeParse(said).data?.memos ?? [] };
};

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};

/** Sends a request once. Undefined if no whole answer came. */
export const request = (
  url: string,
  sent: Pick<Signed, 'method' | 'headers'> & { body: string | Buffer },
  manner: Manner = 'whole',
): Promise<{ status: number; text: string } | undefined> =>
  new Promise((resolve) => {
    const body = Buffer.from(sent.body);
    const asking = http.request(url, {
      agent,
      method: sent.method,
      headers: { ...sent.headers, 'content-length': body.length },
      timeout: PATIENCE_MS,
    });
    asking.on('error', () => resolve(undefined));
    asking.on('timeout', () => asking.destroy());
    asking.on('response', (response) => {
      text(response).then(
        (said) => resolve({ status: response.statusCode ?? 0, text: said }),
        () => resolve(undefined),
      );
    });
    if (manner === 'whole') asking.end(body);
    if (manner === 'hung up') asking.end(body, () => setTimeout(() => asking.destroy(), HUNG_UP_AFTER_MS));
    if (manner === 'cut in the middle') asking.write(body.subarray(0, body.length / 2), () => asking.destroy());
  });
