import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Instead } from './linq-faults.ts';

export const takenSchema = z.looseObject({ voice_memo: z.looseObject({ id: z.string() }) });

/** Passes on the sandbox's own answer unchanged. */
export const passOn = async (response: ServerResponse, answer: Response) => {
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body);
};

/** Answers with one of Linq's errors. */
export const refuse = (
  response: ServerResponse,
  { status, code, retryAfterSeconds }: { status: number; code?: number; retryAfterSeconds?: number },
) => {
  const retryAfter = retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds };
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ success: false, error: { status, code, message: 'a fault of the kit', ...retryAfter } }));
};

/** Answers the client; the answer may differ from what Linq did. */
export const give = async (response: ServerResponse, own: Response | undefined, instead: Instead | undefined) => {
  if (instead === 'silence') return; // until the client closes the connection
  if (instead === 'the connection is cut') return void response.destroy();
  if (instead === 'its own, without the id' && own) {
    const { voice_memo } = takenSchema.parse(await own.json());
    const { id: _id, ...rest } = voice_memo;
    return passOn(response, Response.json({ voice_memo: rest }, { status: own.status }));
  }
  if (typeof instead === 'object' && 'status' in instead) return refuse(response, instead);
  if (typeof instead === 'object')
    return void response.writeHead(instead.html, { 'content-type': 'text/html' }).end('<h1>502 Bad Gateway</h1>');
  if (own) return passOn(response, own);
};
