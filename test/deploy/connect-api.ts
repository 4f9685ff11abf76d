import http from 'node:http';
import { type Listening, listen } from '../../local/loopback/listen.ts';
import { deliver } from '../../local/senders/amazon-connect.ts';

/** A recording in the bucket of an instance of Amazon Connect, as `deliver` of local/senders/amazon-connect.ts makes it. */
export interface ConnectRecording {
  bucket: string;
  key: string;
}

/** A stand-in for the API of Amazon Connect. No emulator of ours, nor moto, knows `DescribeContact`. */
export interface ConnectApi extends Listening {
  /** @returns a new recording, whose contact names the chat */
  recorded(id: string, chat: string): ConnectRecording;
  /** The headers of each request. */
  asked: http.IncomingHttpHeaders[];
}

export const startConnectApi = async (): Promise<ConnectApi> => {
  const answers = new Map<string, unknown>();
  const asked: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.headers);
    const answer = answers.get(request.url ?? '');
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
  });
  return {
    ...(await listen(server, 0)),
    asked,
    recorded(id, chat) {
      const hookUrl = `https://x.invalid/?chat=${chat}`;
      const nowSeconds = Math.floor(Date.now() / 1000);
      const made = deliver({ hookUrl, recordingUrl: 'https://x.invalid', nowSeconds, id });
      for (const [path, answer] of Object.entries(made.answers)) answers.set(path, answer);
      return made.object;
    },
  };
};
