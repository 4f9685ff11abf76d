import * as z from 'zod';
import { isSourceBucket, type RecordingBucket, recordingBucketSchema, type SourceBucket } from './core/model/bucket.ts';
import { mistakes, strict } from './core/model/mistakes.ts';

/**
 * How many messages or requests the functions work on at once. AWS's limit is for all functions of an account and
 * region.
 */
export interface Concurrency {
  /** Reserved for `receive`. All other functions of the account share the rest. @default none */
  receive?: number;
  /** Recordings that are fetched and fitted at once: 2 to 1000, as Lambda allows. @default 3 */
  store: number;
  /** Memos that are sent at once, each in another chat: 2 to 1000, as Lambda allows. @default 3 */
  send: number;
}

/** The rate limit of the HTTP API, a token bucket. Requests above the limit are answered 429. */
export interface Throttle {
  /** @default 500 */
  requestsPerSecond: number;
  /** How many requests may come at once. @default 1000 */
  burst: number;
}

/** A name of your own for the HTTP API. */
export interface Domain {
  /** `calls.example.com` */
  name: string;
  /** The ARN of a certificate for that name in ACM, in the region of the stack. */
  certificateArn: string;
  /**
   * The zone in Route 53 where the deploy makes the DNS record. Without a zone, the deploy prints the record that you
   * must make.
   */
  hostedZone?: { id: string; name: string };
}

/** The settings of every stage, which `stages` may override. */
export interface StageDefaults {
  concurrency?: Partial<Concurrency>;
  throttle?: Partial<Throttle>;
  /** The version of a layer with `bin/ffmpeg` for `store`: docs/ffmpeg-layer.md. @default none */
  ffmpegLayerArn?: string;
  /** Buckets of yours in which call systems leave recordings; `store` may read these and no others: docs/buckets.md. @default none */
  buckets?: readonly RecordingBucket[];
  /**
   * Keeps the masked payloads of webhooks for a week, so that a person can look at them: docs/inspect.md. `receive` reads each body once
   * more. @default false
   */
  inspect?: boolean;
}

/** The settings of one stage. */
export interface StageRules extends StageDefaults {
  /**
   * The base of the URLs that senders use: `https://calls.example.com`. @default the domain, else the API's own address
   */
  publicUrl?: string;
  domain?: Domain;
}

/** The settings of one stage with all defaults. */
export interface Deployment extends StageRules {
  concurrency: Concurrency;
  throttle: Throttle;
}

/**
 * A new account runs ten functions at once, and none of the ten can be reserved. A run of `store` takes minutes and a
 * run of `send` up to 45 seconds: 10 − 3 − 3 leaves four for the short runs of `receive`, `api` and `tend`.
 */
export const CONCURRENCY: Concurrency = { store: 3, send: 3 };

/**
 * New objects that `receive` takes at once, where a bucket names a source: the least that Lambda allows. Webhooks, whose senders wait,
 * run beside them.
 */
export const OBJECTS_AT_ONCE = 2;

const THROTTLE: Throttle = { requestsPerSecond: 500, burst: 1000 };

/**
 * The rate limit of everything that is neither a hook nor Linq's webhook. Anybody can send such requests: with a limit
 * of their own, a flood of them takes nothing from webhooks, which may not come again, and keeps only a few functions
 * busy.
 */
export const API_THROTTLE: Throttle = { requestsPerSecond: 50, burst: 50 };

/** The stage of a laptop, in `stages`. Nothing is deployed under this name. */
export const LOCAL_STAGE = 'local';

export const isStage = (name: string): boolean => /^[a-z][a-z0-9-]{0,30}$/.test(name);
export const STAGE_RULE = 'takes lower-case letters, digits and hyphens, a letter first, at most 31';

const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, error).max(most, error);
};

/** Lambda's own limits for an event source. */
const atOnce = whole(2, 1000);
const reserved = whole(1, 100_000);
const concurrencySchema = strict({
  receive: reserved.exactOptional(),
  store: atOnce.exactOptional(),
  send: atOnce.exactOptional(),
});
const throttleSchema = strict({
  requestsPerSecond: whole(1, 100_000).exactOptional(),
  burst: whole(1, 100_000).exactOptional(),
});

/** A layer's ARN without a version is a common mistake, which CloudFormation would report only during the deploy. */
const layerSchema = z.string().superRefine((arn, context) => {
  const [ofLayer, version] = /^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:layer:[\w-]+(?::(.*))?$/.exec(arn) ?? [];
  if (/^[1-9]\d*$/.test(version ?? '')) return;
  const message = ofLayer
    ? "must end in the layer's version, a number after the name"
    : 'must be arn:aws:lambda:<region>:<account>:layer:<name>:<version>';
  context.addIssue({ code: 'custom', message });
});
const defaultsShape = {
  concurrency: concurrencySchema.exactOptional(),
  throttle: throttleSchema.exactOptional(),
  ffmpegLayerArn: layerSchema.exactOptional(),
  buckets: z.array(recordingBucketSchema).max(20, 'may have at most 20 entries').exactOptional(),
  inspect: z.boolean({ error: 'must be true or false' }).exactOptional(),
};

const hostName = z
  .string()
  .max(64, 'may have at most 64 characters')
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/, {
    error: 'must be a host name in lower-case letters, such as calls.example.com',
  });
const domainSchema = strict({
  name: hostName,
  certificateArn: z.string().regex(/^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/, {
    error: 'must be arn:aws:acm:<region>:<account>:certificate/<id>',
  }),
  hostedZone: strict({
    id: z.string().regex(/^Z[A-Z0-9]{1,31}$/, { error: 'must be the id of a Route 53 zone, such as Z0123456789ABC' }),
    name: hostName,
  }).exactOptional(),
}).superRefine(({ name, hostedZone }, context) => {
  if (!hostedZone || name === hostedZone.name || name.endsWith(`.${hostedZone.name}`)) return;
  context.addIssue({
    code: 'custom',
    path: ['hostedZone', 'name'],
    message: `must be ${name} or one of its parent domains`,
  });
});

/** Senders sign the URL that they use. Routes and the page's links begin at the host, so a path cannot work. */
const publicUrlSchema = z.string().regex(/^https:\/\/[^\s/?#@]+$/, {
  error:
    'must be https:// and a host, such as https://calls.example.com, without a path and without a slash at the end',
});

export const stageSchema = strict({
  ...defaultsShape,
  publicUrl: publicUrlSchema.exactOptional(),
  domain: domainSchema.exactOptional(),
});

/** The part of `bridge.config.ts` that `deploymentOf` reads. */
export interface Deployable extends StageDefaults {
  stages?: Readonly<Record<string, StageRules>>;
}

/** The settings of one stage: its own, else those of all stages, else the defaults. */
export const deploymentOf = (
  { concurrency, throttle, ffmpegLayerArn, buckets, inspect, stages = {} }: Deployable,
  stage: string,
): Deployment => {
  const own = (Object.hasOwn(stages, stage) ? stages[stage] : undefined) ?? {};
  const publicUrl = own.publicUrl ?? (own.domain && `https://${own.domain.name}`);
  return {
    ...(ffmpegLayerArn !== undefined && { ffmpegLayerArn }),
    ...(buckets !== undefined && { buckets }),
    ...(inspect !== undefined && { inspect }),
    ...own,
    ...(publicUrl !== undefined && { publicUrl }),
    concurrency: { ...CONCURRENCY, ...concurrency, ...own.concurrency },
    throttle: { ...THROTTLE, ...throttle, ...own.throttle },
  };
};

/** The buckets of a stage whose new objects are events of a source; of one source, where it is named. */
export const sourceBucketsOf = (bridge: Deployable, stage: string, name?: string): SourceBucket[] =>
  (deploymentOf(bridge, stage).buckets ?? [])
    .filter(isSourceBucket)
    .filter(({ source }) => name === undefined || source === name);

/** Every mistake in the settings that `deploymentOf` reads: one line each, with its path. */
export const deploymentMistakes = ({ stages = {}, ...defaults }: Deployable): string[] => {
  const { concurrency, throttle, ffmpegLayerArn, buckets, inspect } = defaults;
  const all = { concurrency, throttle, ffmpegLayerArn, buckets, inspect };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const wrong = mistakes(strict(defaultsShape), given);
  if (typeof stages !== 'object' || stages === null) return [...wrong, 'stages: must be { <stage>: { … } }'];
  const taken = new Map<string, string>();
  for (const [stage, rules] of Object.entries(stages)) {
    if (!isStage(stage)) wrong.push(`stages.${stage}: the name of a stage ${STAGE_RULE}`);
    wrong.push(...mistakes(stageSchema, rules, ['stages', stage]));
    for (const [what, address] of [
      ['publicUrl', rules?.publicUrl],
      ['domain.name', rules?.domain?.name],
    ]) {
      if (address === undefined) continue;
      const other = taken.get(address);
      if (other === undefined) taken.set(address, stage);
      else wrong.push(`stages.${stage}.${what}: the stage ${other} has the same value`);
    }
  }
  return wrong;
};
