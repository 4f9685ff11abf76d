import http from 'node:http';
import { listen } from '../../../local/loopback/listen.ts';

/** The result of an invocation. */
export type Outcome =
  | { kind: 'answer'; payload: string }
  /** The function threw, or could not be loaded. */
  | { kind: 'error'; payload: string }
  | { kind: 'timed-out'; afterMs: number }
  /** The process ended during the invocation. */
  | { kind: 'died'; reason: string };

export interface Invocation {
  id: string;
  event: unknown;
  deadlineMs: number;
  functionArn: string;
}

/**
 * Lambda's Runtime API for one execution environment, as
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html describes it: next, response, error, init/error.
 */
export const startRuntimeApi = async (on: {
  /** The runtime waits for an event, so its last work is finished. */
  waiting(): void;
  ended(id: string, outcome: Outcome): void;
  initFailed(payload: string): void;
}) => {
  let next: http.ServerResponse | undefined;
  const server = http.createServer(async (request, response) => {
    const [, id, kind] =
      /^\/2018-06-01\/runtime\/invocation\/([^/]+)(?:\/(response|error))?$/.exec(request.url ?? '') ?? [];
    if (request.method === 'GET' && id === 'next') {
      next = response;
      return on.waiting();
    }
    const payload = Buffer.concat(await request.toArray()).toString();
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    if (request.url === '/2018-06-01/runtime/init/error') return on.initFailed(payload);
    if (id && kind) on.ended(id, { kind: kind === 'response' ? 'answer' : 'error', payload });
  });
  const listening = await listen(server, 0);
  return {
    host: `127.0.0.1:${listening.port}`,
    stop: listening.stop,
    /** Answers the runtime's `next` with an event. Call this only while the runtime waits. */
    deliver({ id, event, deadlineMs, functionArn }: Invocation) {
      next
        ?.writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': id,
          'lambda-runtime-deadline-ms': String(deadlineMs),
          'lambda-runtime-invoked-function-arn': functionArn,
          'lambda-runtime-trace-id': `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${id.replaceAll('-', '').slice(0, 24)};Sampled=0`,
        })
        .end(JSON.stringify(event));
      next = undefined;
    },
  };
};
