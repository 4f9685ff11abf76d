import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import * as z from 'zod';
import { s3Client } from '../functions/adapters/aws.s3.ts';
import type { Bridge } from '../functions/config.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../functions/deployment.ts';
import { readCloud } from '../local/cloud/cloud-file.ts';
import { localS3, putObject } from '../local/put-object.ts';
import { readSettings } from '../local/settings.ts';
import { chatId, count, phone } from './base/arguments.ts';
import type { BridgeApi } from './base/bridge.ts';
import type { Context, Subcommand } from './base/context.ts';
import { Failure } from './base/failure.ts';
import { isSent, type Memo, memoSchema, painted } from './base/memo.ts';
import { untilSettled } from './base/wait.ts';

interface Options {
  source: string;
  key?: string;
  chat?: string;
  from?: string;
  to?: string;
  direction?: string;
  wait: boolean;
  timeout: number;
}

export const drop: Subcommand = (run) =>
  new Command('drop')
    .description('put a recording into the bucket of a source without a hook, as a call system would')
    .argument('<file>', 'the recording')
    .option('--source <source>', 'the source of the bucket', 's3-drop')
    .option('--key <key>', 'the key below the prefix of the bucket; a new one where absent')
    .option('--chat <id>', 'the chat, in the metadata of the object', chatId)
    .option('--from <number>', 'who called, in the metadata', phone)
    .option('--to <number>', 'who was called, in the metadata', phone)
    .addOption(new Option('--direction <direction>', 'of the call, in the metadata').choices(['inbound', 'outbound']))
    .option('--no-wait', 'do not wait for the memo')
    .option('--timeout <seconds>', 'how long to wait', count, 300)
    .action(
      run<Options>(async (context, options, path = '') => {
        const { output } = context;
        const object = await put(context, options, path);
        output.line(`${path} lies at s3://${object.bucket}/${object.key}`);
        if (!options.wait) {
          output.result({ object: { bucket: object.bucket, key: object.key } });
          return 0;
        }
        const memo = await follow(context, await context.bridge(), { ...object, ...options });
        output.result(memo ?? { object: { bucket: object.bucket, key: object.key } });
        if (memo && isSent(memo.state)) {
          output.line(`${memo.id} is ${painted(output, memo.state)}`);
          return 0;
        }
        const says = memo
          ? `${memo.id} is ${memo.state}${memo.reason ? `: ${memo.reason}` : ''}`
          : "the recording has no memo yet: look into the log of 'receive' whether the event of the bucket came";
        output.warn(says);
        return 1;
      }),
    );

/** @returns where the object lies, and the id of the recording that it is */
const put = async (context: Context, options: Options, path: string) => {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new Failure(`there is no file ${path}`);
  const [bridge, target] = [await context.runtime.loadBridge(), await context.target()];
  if (target.kind === 'address') throw new Failure('drop needs the bridge of npm start, or --stage');
  const { source, key: below = `${randomUUID()}/${basename(path)}` } = options;
  const entry = bucketFor(bridge, target.stage ?? LOCAL_STAGE, source);
  const object = { bucket: entry.name, key: entry.prefix + below };
  const recording = recordingOf(bridge, source, object);
  const { chat, from, to, direction } = options;
  const metadata = Object.fromEntries(
    Object.entries({ chat, from, to, direction }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  const cloud =
    target.kind === 'local' ? readCloud(readSettings(context.runtime.environment).AFTERCALL_DATA) : undefined;
  if (target.kind === 'local' && !cloud) throw new Failure('the local S3 does not run: npm start');
  await putObject(cloud ? localS3(cloud) : s3Client(entry.region), { ...object, metadata }, readFileSync(path));
  return { ...object, recording };
};

const bucketFor = (bridge: Bridge, stage: string, source: string) => {
  if (!Object.hasOwn(bridge.sources, source)) throw new Failure(`there is no source ${source} in bridge.config.ts`);
  const [entry] = sourceBucketsOf(bridge, stage, source);
  if (entry) return entry;
  throw new Failure(`no entry of buckets in bridge.config.ts names ${source}: docs/buckets.md`);
};

/** @throws Failure where the source would not take the object: nothing is put then */
const recordingOf = ({ sources }: Bridge, source: string, object: { bucket: string; key: string }): string => {
  const event = sources[source]?.classifyObject?.(object, source);
  if (event?.kind === 'recordings' && event.recordings[0]) return event.recordings[0].id;
  const reason = event && 'reason' in event ? event.reason : 'it takes no objects';
  throw new Failure(`${source} would not take ${object.key}: ${reason}. --key gives another key`);
};

const POLL_MS = 300;

const follow = async (
  { output }: Pick<Context, 'output'>,
  bridge: BridgeApi,
  { recording, source, timeout }: { recording: string; source: string; timeout: number },
): Promise<Memo | undefined> => {
  const query = { source, limit: '50' };
  for (const end = Date.now() + timeout * 1000; Date.now() < end; await sleep(POLL_MS)) {
    const { memos } = await bridge.ask(z.object({ memos: z.array(memoSchema) }), 'GET', '/memos', { query });
    const memo = memos.find((one) => one.recording.id === recording);
    if (!memo) continue;
    return untilSettled(bridge, memo.id, Math.max(1, (end - Date.now()) / 1000), ({ state, reason }) =>
      output.progress(`${painted(output, state)}${reason ? `: ${reason}` : ''}`),
    );
  }
  return undefined;
};
