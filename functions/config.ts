import * as z from 'zod';
import { AUDIO_RULES, type AudioRules } from './core/model/audio.ts';
import { audioRulesSchema } from './core/model/audio-rules.ts';
import { badConfiguration } from './core/model/bad-configuration.ts';
import { bucketMistakes } from './core/model/bucket-mistakes.ts';
import { policyShape } from './core/model/messages.ts';
import { didYouMean, mistakes, strict } from './core/model/mistakes.ts';
import { phoneNumberSchema } from './core/model/recording.ts';
import { isRetention, RETENTION_DAYS, RETENTION_RULE } from './core/model/retention.ts';
import { REMOTE_PARTY, type Route } from './core/model/route.ts';
import type { Secrets, Sources } from './core/ports/ports.ts';
import { refused, type SecretRef, type Source } from './core/ports/source.ts';
import { isRecord, madeSourceSchema } from './core/source/made-source.ts';
import { missingSecrets } from './core/source/missing-secrets.ts';
import { type Deployable, deploymentMistakes } from './deployment.ts';

/** What a bridge connects. Durations carry their unit in the name. */
export interface Bridge extends Deployable {
  /** By name: the source `acme` has the hook URL `/hooks/acme`. */
  sources: Readonly<Record<string, Source>>;
  /** The first route that matches a recording decides. */
  routes: readonly Route[];
  /** `signed`: a hook URL may carry `?chat=` and the parties only where the source signs its URL. @default 'any' */
  hookQuery?: 'any' | 'signed';
  /** Limits and changes of the sound; the defaults change nothing that plays. */
  audio?: Partial<AudioRules>;
  /** How many days audio, rows, receipts and Linq's copies are kept: 28 to 365. @default 30 */
  retentionDays?: number;
  /** The recipient of a deployed stage's alarms, and further alarms: docs/alarms.md. */
  alarms?: AlarmRules;
}

export { asBadConfiguration, badConfiguration, mistakesIn } from './core/model/bad-configuration.ts';
export { readEnvironment } from './environment.ts';

export interface AlarmRules {
  /** AWS sends a confirmation to this address first. Without an address, alarms show only on the dashboard. */
  email?: string;
  /** By source: after how many whole hours without an event an alarm is sent. */
  silentAfterHours?: Readonly<Record<string, number>>;
  /** How many refused webhooks of one source within an hour are an alarm. @default 5 */
  refusedPerHour?: number;
}

/**
 * Names a secret: locally the environment variable, on AWS the SSM SecureString `/aftercall/<stage>/<name>`. During a
 * rotation the value may be several values, separated by blanks, the newest first.
 *
 * @example
 * import { secret } from './functions/config.ts';
 * import { twilio } from './functions/sources/twilio.ts';
 *
 * export const source = twilio({ authToken: secret('TWILIO_AUTH_TOKEN') });
 */
export const secret = (name: string): SecretRef => ({ name });

/**
 * A setting of this machine that is no secret, from the local environment. For AWS, write the value into `bridge.config.ts`: no
 * deployed function has the variable. So a template leaves the setting out too, and is the same from every shell.
 */
export const setting = (name: string): string | undefined => {
  const value = process.env[name] || undefined;
  if (value === undefined || process.env.CDK_OUTDIR === undefined) return value; // the CDK gives it to its app
  leftOut.add(name);
  return undefined;
};
const leftOut = new Set<string>();

/** The settings that this shell has, and that the template leaves out. */
export const settingsLeftOut = (): readonly string[] => [...leftOut];

/** `POST /memos` makes recordings under this name. */
export const API_SOURCE = 'api';

const number = phoneNumberSchema('must be a telephone number in E.164, such as +12052535597');
const targetSchema = z.union(
  [
    strict({ chat: z.guid({ error: 'must be a chat id, a UUID' }), ...policyShape }),
    strict({
      line: number,
      handle: z.union([z.literal(REMOTE_PARTY), number]),
      create: z.string().min(1).max(1000).exactOptional(),
      ...policyShape,
    }),
  ],
  { error: `must be { chat: "<UUID>" } or { line: "+1…", handle: "+1…" or "${REMOTE_PARTY}" }` },
);
const routeSchema = strict({
  when: strict({
    source: z.string().optional(),
    from: z.string().optional(),
    to: z.string().optional(),
    direction: z.enum(['inbound', 'outbound']).optional(),
  }),
  send: z.union([targetSchema, z.array(targetSchema).min(1)], {
    error: `must be { chat: "<UUID>" } or { line: "+1…", handle: "+1…" or "${REMOTE_PARTY}" }, or a list of them`,
  }),
  policy: strict(policyShape).optional(),
});
const hookQuerySchema = z.enum(['any', 'signed'], { error: "must be 'any' or 'signed'" }).optional();
const hours = `must be whole hours, 1 to ${7 * 24}: CloudWatch looks back a week at most`;
const alarmsSchema = strict({
  email: z.email({ error: 'must be an e-mail address' }).optional(),
  silentAfterHours: z
    .record(
      z.string(),
      z
        .int({ error: hours })
        .min(1, hours)
        .max(7 * 24, hours),
    )
    .optional(),
  refusedPerHour: z.int({ error: 'must be a whole number' }).min(1, 'must be 1 or more').optional(),
});
const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'a source name is lower-case letters, digits, - and _');

const KEYS: readonly string[] = [
  'sources',
  'routes',
  'hookQuery',
  'audio',
  'retentionDays',
  'alarms',
  ...(['concurrency', 'throttle', 'ffmpegLayerArn', 'buckets', 'inspect', 'stages'] as const),
] satisfies (keyof Bridge)[];

/**
 * Checks a bridge's configuration.
 * @returns the same object
 * @throws AftercallError `bad_configuration` whose message names every mistake, each on a line with its path
 *
 * @example
 * import { defineBridge, secret } from './functions/config.ts';
 * import { standardWebhooks } from './functions/sources/standard-webhooks.ts';
 *
 * export default defineBridge({
 *   sources: { acme: standardWebhooks({ secret: secret('ACME_SECRET'), hosts: ['media.acme.example'] }) },
 *   routes: [
 *     {
 *       when: { source: 'acme', direction: 'inbound' },
 *       send: { line: '+12025550100', handle: 'remote party' },
 *       policy: { quietHours: { from: '21:00', until: '08:00', timeZone: 'America/New_York' }, maxPerDay: 5 },
 *     },
 *     { when: {}, send: { chat: '550e8400-e29b-41d4-a716-446655440000' } },
 *   ],
 * });
 */
export const defineBridge = (bridge: Bridge): Bridge => {
  const wrong = [
    ...settingMistakes(bridge),
    ...sourceMistakes(bridge.sources),
    ...routeMistakes(bridge),
    ...mistakes(hookQuerySchema, bridge.hookQuery, ['hookQuery']),
    ...mistakes(audioRulesSchema, bridge.audio ?? {}, ['audio']),
    ...(isRetention(retentionDaysOf(bridge)) ? [] : [`retentionDays: ${RETENTION_RULE}`]),
    ...mistakes(alarmsSchema, bridge.alarms ?? {}, ['alarms']),
    ...Object.keys(bridge.alarms?.silentAfterHours ?? {}).flatMap((source) =>
      noSuchSource(bridge, source, `alarms.silentAfterHours.${source}`),
    ),
    ...deploymentMistakes(bridge),
    ...bucketMistakes(bridge),
  ];
  if (wrong.length > 0) throw badConfiguration(wrong);
  return bridge;
};

const settingMistakes = (bridge: Bridge): string[] =>
  Object.keys(bridge).flatMap((key) => {
    if (KEYS.includes(key)) return [];
    const ofAStage = key === 'publicUrl' || key === 'domain';
    return [
      `${key}: ${ofAStage ? `belongs to one stage: stages: { prod: { ${key} } }` : `there is no such setting${didYouMean(key, KEYS)}`}`,
    ];
  });

const sourceMistakes = (sources: unknown): string[] => {
  if (!isRecord(sources)) return ['sources: must be { <name>: <source> }, such as { twilio: twilio({ … }) }'];
  return Object.entries(sources).flatMap(([name, source]) => [
    ...(nameSchema
      .safeParse(name)
      .error?.issues.slice(0, 1)
      .map(({ message }) => `sources.${name}: ${message}`) ?? []),
    ...(name === API_SOURCE ? [`sources.${name}: this name is reserved for POST /memos: choose another name`] : []),
    ...mistakes(madeSourceSchema, source, ['sources', name]),
    ...madeWithMistakes(source).map((line) => `sources.${name}.${line}`),
  ]);
};

/** Written by `orMistakes`. */
const madeWithMistakes = (source: unknown): readonly string[] =>
  isRecord(source) && Array.isArray(source.mistakes) ? source.mistakes : [];

const routeMistakes = (bridge: Bridge): string[] => {
  if (!Array.isArray(bridge.routes)) return ['routes: must be a list; [] where each hook URL names its chat'];
  return bridge.routes.flatMap((route, index) => [
    ...mistakes(routeSchema, route, ['routes', index]),
    ...noSuchSource(bridge, route?.when?.source, `routes.${index}.when.source`),
  ]);
};

const noSuchSource = ({ sources }: Bridge, name: string | undefined, path: string): string[] =>
  name === undefined || !isRecord(sources) || Object.hasOwn(sources, name)
    ? []
    : [`${path}: there is no source ${name}${didYouMean(name, Object.keys(sources))}`];

/** A bridge's rules for sound, with the defaults for those it does not name. */
export const audioRulesOf = ({ audio }: Bridge): AudioRules => ({ ...AUDIO_RULES, ...audio });

export const retentionDaysOf = ({ retentionDays = RETENTION_DAYS.usual }: Bridge): number => retentionDays;

/** The sources with a hook: all but those whose events are new objects in a bucket. */
export const withHook = <S extends Pick<Source, 'classifyObject'>>(
  sources: Readonly<Record<string, S>>,
): Readonly<Record<string, S>> =>
  Object.fromEntries(Object.entries(sources).filter(([, { classifyObject }]) => !classifyObject));

/** The sources that are on: all of their secrets have values. A source that takes objects has no hook, and is not among them. */
export const sourcesThatAreOn = ({ sources }: Bridge, secrets: Secrets): Sources => ({
  async find(name) {
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    return source && !source.classifyObject && (await missingSecrets(source.secrets, secrets)).length === 0
      ? source
      : undefined;
  },
});

/**
 * All sources, on or off, and the one of `POST /memos`: for `store`, which may not read the secrets that switch a
 * source on. An accepted recording is fetched even if its source was switched off meanwhile.
 */
export const sourcesToFetchFrom = ({ sources }: Bridge): Sources => ({
  find: async (name) => (name === API_SOURCE ? apiSource : Object.hasOwn(sources, name) ? sources[name] : undefined),
});

/** Fetches from any public host, and accepts no webhook. */
const apiSource: Source = {
  kind: API_SOURCE,
  secrets: [],
  covers: { body: false, url: false, time: false, id: false },
  authenticate: async () => refused('it takes no webhooks'),
  classify: () => ({ kind: 'ignored', reason: 'it takes no webhooks' }),
  fetch: { hosts: 'any-public', notYet: [] },
};
