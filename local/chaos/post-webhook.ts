import http from 'node:http';
import { json } from 'node:stream/consumers';
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
export const postWebhook = (url: string, signed: Signed, manner: Manner = 'whole'): Promise<Answer | undefined> =>
  new Promise((resolve) => {
    const body = Buffer.from(signed.body);
    const request = http.request(url, {
      agent,
      method: signed.method,
      headers: { ...signed.headers, 'content-length': body.length },
      timeout: PATIENCE_MS,
    });
    request.on('error', () => resolve(undefined));
    request.on('timeout', () => request.destroy());
    request.on('response', (response) => {
      json(response).then(
        (answer) =>
          resolve({ status: response.statusCode ?? 0, memos: answerSchema.safeParse(answer).data?.memos ?? [] }),
        () => resolve(undefined),
      );
    });
    if (manner === 'whole') request.end(body);
    if (manner === 'hung up') request.end(body, () => setTimeout(() => request.destroy(), HUNG_UP_AFTER_MS));
    if (manner === 'cut in the middle') request.write(body.subarray(0, body.length / 2), () => request.destroy());
  });
