import http from 'node:http';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { FunctionName } from '../../../infra/secrets.ts';
import { type Listening, listen } from '../../../local/loopback/listen.ts';
import { type AwsCall, type Need, readCall, type Where } from './aws-call.ts';
import { isAllowed, type Statement } from './policy.ts';

export interface Principal {
  name: FunctionName;
  accessKeyId: string;
  statements: readonly Statement[];
  /** Sends requests with the role's credentials straight to moto. */
  s3: S3Client;
}

/** One call of a function, with the verdicts of the evaluator and of moto. */
export interface Judged {
  by: FunctionName;
  call: AwsCall;
  /** The actions of the call that the evaluator does not allow. */
  refused: readonly Need[];
  /** The further right that S3 requires before it answers that an object does not exist. */
  told?: Need;
  /** moto's answer; undefined if the evaluator refused the call before moto got it. */
  status?: number;
  reason?: string;
}

export interface Judge extends Listening {
  calls: readonly Judged[];
  /** Requests that could not be read, or whose key belongs to no role. Each is a miss. */
  misses: readonly string[];
  /** Holds the first call that fits until `release` settles. Resolves when that call has arrived. */
  hold(fits: (call: Judged) => boolean, release: Promise<unknown>): Promise<void>;
}

interface Hold {
  fits: (call: Judged) => boolean;
  release: Promise<unknown>;
  came: () => void;
}

/**
 * Stands before moto and judges each request by the policy of the role that signed it. If the evaluator refuses, the
 * judge answers as AWS does; otherwise moto gets the request, and judges what it can.
 * @param refuses false to get moto's answer to everything
 */
export const startJudge = async (
  moto: Listening,
  where: Where,
  principals: readonly Principal[],
  { refuses = true } = {},
): Promise<Judge> => {
  const calls: Judged[] = [];
  const misses: string[] = [];
  const holds: Hold[] = [];
  const server = http.createServer(async (request, response) => {
    try {
      const body = Buffer.concat(await request.toArray());
      const call = readCall(request, body, where);
      const principal = principals.find(({ accessKeyId }) => accessKeyId === call.accessKeyId);
      if (!principal) throw new Error(`${call.service} ${call.operation}: its key is no role's`);
      const refused = call.needs.filter(({ action, resource }) => !isAllowed(principal.statements, action, resource));
      const judged: Judged = { by: principal.name, call, refused };
      calls.push(judged);
      if (refuses && refused.length > 0) return deny(call, response);
      await heldUp(holds, judged);
      await (call.presigned ? inItsName : handOn)({ request, response, body, call, principal, moto, judged });
    } catch (error) {
      if (!request.destroyed || response.writable) misses.push(String(error));
      response.destroy();
    }
  });
  const hold = (fits: Hold['fits'], release: Promise<unknown>) =>
    new Promise<void>((came) => holds.push({ fits, release, came }));
  return { ...(await listen(server, 0)), calls, misses, hold };
};

const heldUp = async (holds: Hold[], judged: Judged): Promise<void> => {
  const index = holds.findIndex(({ fits }) => fits(judged));
  if (index < 0) return;
  const [held] = holds.splice(index, 1);
  held?.came();
  await held?.release;
};

interface Passing {
  request: http.IncomingMessage;
  response: http.ServerResponse;
  body: Buffer;
  call: AwsCall;
  principal: Principal;
  moto: Listening;
  judged: Judged;
}

/** Resolves when the answer has ended, or its client has left. */
const handOn = ({ request, response, body, call, principal, moto, judged }: Passing): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed) return resolve(); // the client left earlier: no 'close' event follows
    const { method, url: path, headers } = request; // the Host header stays: the signature that moto checks covers it
    const onward = http.request({ host: '127.0.0.1', port: moto.port, method, path, headers }, async (answer) => {
      const chunks = await answer.toArray().catch(() => undefined); // the client left, or moto broke off
      if (!chunks) return response.destroy();
      const said = Buffer.concat(chunks);
      judged.status = answer.statusCode ?? 502;
      if (judged.status >= 400) judged.reason = said.toString().slice(0, 500);
      const absent = judged.status === 404 && call.object && toBeTold(call.object.bucket);
      if (absent && !isAllowed(principal.statements, absent.action, absent.resource)) {
        deny(call, response);
      } else {
        if (absent) judged.told = absent;
        const { 'transfer-encoding': _chunked, ...rest } = answer.headers;
        response.writeHead(judged.status, rest).end(method === 'HEAD' ? undefined : said);
      }
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => {
      onward.destroy();
      resolve();
    });
    onward.end(body);
  });

/** S3 answers that an object does not exist only to a role that may list the bucket. */
const toBeTold = (bucket: string): Need => ({ action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` });

/** moto does not judge presigned URLs, so this sends a request of the role that signed the URL. */
const inItsName = async ({ request, response, body, call, principal, judged }: Passing): Promise<void> => {
  const { searchParams } = new URL(request.url ?? '/', 'http://s3');
  const { bucket: Bucket = '', key: Key = '' } = call.object ?? {};
  try {
    if (call.operation === 'PutObject') {
      const ContentType = request.headers['content-type'];
      await principal.s3.send(new PutObjectCommand({ Bucket, Key, Body: body, ContentType }));
      response.writeHead(200).end();
    } else {
      const { Body } = await principal.s3.send(new GetObjectCommand({ Bucket, Key }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const type = searchParams.get('response-content-type') ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes);
    }
    judged.status = 200;
  } catch (error) {
    judged.status = Object(error).$metadata?.httpStatusCode ?? 502;
    judged.reason = String(error);
    response.writeHead(judged.status ?? 502).end();
  }
};

const deny = ({ service }: AwsCall, response: http.ServerResponse) => {
  if (service === 's3') {
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
    return response.writeHead(403, { 'content-type': 'application/xml' }).end(xml);
  }
  const type = service === 'sqs' ? 'com.amazonaws.sqs#AccessDenied' : 'AccessDeniedException';
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return response
    .writeHead(service === 'sqs' ? 403 : 400, headers)
    .end(JSON.stringify({ __type: type, message: 'no identity-based policy allows it' }));
};
