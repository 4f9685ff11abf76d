import * as z from 'zod';

/** How many run at once. AWS counts every function of an account and region together. */
export interface Concurrency {
  /** Reserved for `receive`, and taken from what all other functions of the account share. @default none */
  receive?: number;
  /** Recordings that are fetched and fitted at once; Lambda takes 2 to 1000. @default 3 */
  store: number;
  /** Memos that are sent at once, each in another chat; Lambda takes 2 to 1000. @default 3 */
  send: number;
}

/** What the HTTP API lets in. It answers 429 to everything above: a token bucket. */
export interface Throttle {
  /** @default 500 */
  requestsPerSecond: number;
  /** How many requests may come at the same moment. @default 1000 */
  burst: number;
}

/** A name of your own for the HTTP API. */
export interface Domain {
  /** `calls.example.com` */
  name: string;
  /** Of a certificate for that name in ACM, in the region of the stack. */
  certificateArn: string;
  /** In Route 53, where the deploy shall make the record. Without it the deploy prints the record that you make. */
  hostedZone?: { id: string; name: string };
}

/** What every stage has, unless `stages` says otherwise. */
export interface StageDefaults {
  concurrency?: Partial<Concurrency>;
  throttle?: Partial<Throttle>;
  /** The version of a layer with `bin/ffmpeg` for `store`: docs/ffmpeg-layer.md. @default none */
  ffmpegLayerArn?: string;
}

/** What one stage has. */
export interface StageRules extends StageDefaults {
  /** The base of the URLs that senders have, `https://calls.example.com`. @default the domain, else the API's own address */
  publicUrl?: string;
  domain?: Domain;
}

/** One stage's values, with every default. */
export interface Deployment extends StageRules {
  concurrency: Concurrency;
  throttle: Throttle;
}

/**
 * A new account runs ten functions at once, and none of the ten can be reserved. `store` and `send` hold theirs for
 * minutes and up to 45 seconds: 10 − 3 − 3 leaves four for what is over in milliseconds: `receive`, `api` and `tend`.
 */
export const CONCURRENCY: Concurrency = { store: 3, send: 3 };

const THROTTLE: Throttle = { requestsPerSecond: 500, burst: 1000 };

/**
 * What is neither a hook nor Linq's event, and so anybody's to ask: it has a measure of its own, so that who floods the page or the API
 * takes nothing from those that may never come again, and keeps no more than a few functions busy.
 */
export const API_THROTTLE: Throttle = { requestsPerSecond: 50, burst: 50 };

export const isStage = (name: string): boolean => /^[a-z][a-z0-9-]{0,30}$/.test(name);
export const STAGE_RULE = 'takes lower-case letters, digits and hyphens, a letter first, at most 31';

const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, error).max(most, error);
};

/** Lambda's own limits for an event source. */
const atOnce = whole(2, 1000);
const reserved = whole(1, 100_000);
const concurrencySchema = z.strictObject({
  receive: reserved.exactOptional(),
  store: atOnce.exactOptional(),
  send: atOnce.exactOptional(),
});
const throttleSchema = z.strictObject({
  requestsPerSecond: whole(1, 100_000).exactOptional(),
  burst: whole(1, 100_000).exactOptional(),
});

/** A layer's own ARN is easily taken for its version's, and CloudFormation would say so only in the deploy. */
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
};

const hostName = z
  .string()
  .max(64, 'may have at most 64 characters')
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/, {
    error: 'must be a host name in lower-case letters, such as calls.example.com',
  });
const domainSchema = z
  .strictObject({
    name: hostName,
    certificateArn: z.string().regex(/^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/, {
      error: 'must be arn:aws:acm:<region>:<account>:certificate/<id>',
    }),
    hostedZone: z
      .strictObject({
        id: z
          .string()
          .regex(/^Z[A-Z0-9]{1,31}$/, { error: 'must be the id of a Route 53 zone, such as Z0123456789ABC' }),
        name: hostName,
      })
      .exactOptional(),
  })
  .superRefine(({ name, hostedZone }, context) => {
    if (!hostedZone || name === hostedZone.name || name.endsWith(`.${hostedZone.name}`)) return;
    context.addIssue({ code: 'custom', path: ['hostedZone', 'name'], message: `must be ${name} or what it ends in` });
  });

/** Senders sign the URL that they have. The routes and the page's links begin at the host, so a path would lead nowhere. */
const publicUrlSchema = z.string().regex(/^https:\/\/[^\s/?#@]+$/, {
  error: 'must be https:// and a host, such as https://calls.example.com, with nothing behind: no path, no slash',
});

export const stageSchema = z.strictObject({
  ...defaultsShape,
  publicUrl: publicUrlSchema.exactOptional(),
  domain: domainSchema.exactOptional(),
});

/** The part of `bridge.config.ts` that `deploymentOf` reads. */
export interface Deployable extends StageDefaults {
  stages?: Readonly<Record<string, StageRules>>;
}

/** One stage's values: its own where it has any, else those of all stages, else the defaults. */
export const deploymentOf = (
  { concurrency, throttle, ffmpegLayerArn, stages = {} }: Deployable,
  stage: string,
): Deployment => {
  const own = (Object.hasOwn(stages, stage) ? stages[stage] : undefined) ?? {};
  const publicUrl = own.publicUrl ?? (own.domain && `https://${own.domain.name}`);
  return {
    ...(ffmpegLayerArn !== undefined && { ffmpegLayerArn }),
    ...own,
    ...(publicUrl !== undefined && { publicUrl }),
    concurrency: { ...CONCURRENCY, ...concurrency, ...own.concurrency },
    throttle: { ...THROTTLE, ...throttle, ...own.throttle },
  };
};

/** Every mistake in what `deploymentOf` reads, a line each, with its path. */
export const deploymentMistakes = ({ concurrency, throttle, ffmpegLayerArn, stages = {} }: Deployable): string[] => {
  const all = { concurrency, throttle, ffmpegLayerArn };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const wrong = mistakes(z.strictObject(defaultsShape), given);
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
      else wrong.push(`stages.${stage}.${what}: the stage ${other} has it already`);
    }
  }
  return wrong;
};

/** What a schema finds wrong, a line each. */
export const mistakes = (schema: z.ZodType, value: unknown, at: readonly PropertyKey[] = []): string[] =>
  (schema.safeParse(value).error?.issues ?? []).map(
    ({ path, message }) => `${[...at, ...path].map(String).join('.') || 'the value'}: ${message}`,
  );
