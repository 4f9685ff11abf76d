import { createReadStream, statSync } from 'node:fs';
import { extname } from 'node:path';
import { Command } from 'commander';
import { request } from 'undici';
import * as z from 'zod';
import { chatId, count } from './base/arguments.ts';
import type { BridgeApi } from './base/bridge.ts';
import type { Subcommand } from './base/context.ts';
import { Failure } from './base/failure.ts';
import { isSent, painted } from './base/memo.ts';
import { untilSettled } from './base/wait.ts';

interface Options {
  chat: string;
  wait: boolean;
  timeout: number;
}

/** The upload URL ends after fifteen minutes. */
const UPLOAD_MS = 15 * 60 * 1000;

export const send: Subcommand = (run) =>
  new Command('send')
    .description('send a recording, from a file or a public URL, to a chat as a voice memo')
    .argument('<file|url>', 'the recording')
    .requiredOption('--chat <id>', 'the chat', chatId)
    .option('--no-wait', 'do not wait until the memo is sent')
    .option('--timeout <seconds>', 'how long to wait', count, 300)
    .action(
      run<Options>(async ({ output, bridge: open }, { chat, wait, timeout }, what = '') => {
        const bridge = await open();
        const id = /^https?:\/\//i.test(what) ? await byUrl(bridge, chat, what) : await byUpload(bridge, chat, what);
        output.line(`${id} is on its way to chat ${chat}`);
        if (!wait) {
          output.result({ id });
          return 0;
        }
        const memo = await untilSettled(bridge, id, timeout, ({ state, reason }) =>
          output.progress(`${painted(output, state)}${reason ? `: ${reason}` : ''}`),
        );
        output.result(memo ?? { id });
        if (memo && isSent(memo.state)) {
          output.line(
            `${painted(output, memo.state)} after ${memo.attempts === 1 ? 'one attempt' : `${memo.attempts} attempts`}`,
          );
          return 0;
        }
        const reason = memo?.reason ? `: ${memo.reason}` : '';
        output.warn(
          `${memo ? `the memo is ${memo.state}${reason}` : 'the bridge has not begun to work on the memo'}; to follow it: npx aftercall memo ${id}`,
        );
        return 1;
      }),
    );

const byUrl = async (bridge: BridgeApi, chat: string, url: string): Promise<string> =>
  (await bridge.ask(z.object({ id: z.string() }), 'POST', '/memos', { body: { chat, audio_url: url } })).id;

/** The file goes straight to the bucket: a Lambda request cannot carry ten megabytes. */
const byUpload = async (bridge: BridgeApi, chat: string, path: string): Promise<string> => {
  const file = statSync(path, { throwIfNoEntry: false });
  if (!file?.isFile()) throw new Failure(`there is no file ${path}`);
  if (file.size === 0) throw new Failure(`${path} is empty`);
  const type = TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
  const made = await bridge.ask(z.object({ id: z.string(), upload_url: z.string() }), 'POST', '/memos', {
    body: { chat, content_type: type, bytes: file.size },
  });
  const failed = (reason: string) => new Failure(`${path} could not be uploaded (${reason}); nothing is sent`);
  const { statusCode, body } = await request(made.upload_url, {
    method: 'PUT',
    headers: { 'content-type': type, 'content-length': String(file.size) },
    body: createReadStream(path),
    signal: AbortSignal.timeout(UPLOAD_MS),
  }).catch(() => {
    throw failed('the bucket does not answer'); // the error's own text may hold the presigned URL
  });
  await body.dump();
  if (statusCode >= 300) throw failed(`the bucket answered ${statusCode}`);
  return made.id;
};

/** For the bucket alone; the bridge probes the content. */
const TYPES: Readonly<Record<string, string>> = {
  '.mp3': 'audio/mpeg',
  '.m4a': 'audio/x-m4a',
  '.mp4': 'video/mp4',
  '.aac': 'audio/aac',
  '.caf': 'audio/x-caf',
  '.wav': 'audio/wav',
  '.aif': 'audio/aiff',
  '.aiff': 'audio/aiff',
  '.amr': 'audio/amr',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.flac': 'audio/flac',
  '.webm': 'audio/webm',
};
