import * as z from 'zod';
import { AUDIO_RULES, type AudioRules } from './core/model/audio.ts';
import { audioRulesSchema } from './core/model/audio-rules.ts';
import { AftercallError } from './core/model/errors.ts';
import { policyShape } from './core/model/messages.ts';
import { canonicalNumber } from './core/model/recording.ts';
import { isRetention, RETENTION_DAYS, RETENTION_RULE } from './core/model/retention.ts';
import { REMOTE_PARTY, type Route } from './core/model/route.ts';
import type { Secrets, Sources } from './core/ports/ports.ts';
import { refused, type SecretRef, type Source } from './core/ports/source.ts';
import { missingSecrets } from './core/source/missing-secrets.ts';
import { CONCURRENCY, type Deployable, deploymentMistakes, mistakes } from './deployment.ts';

/** What a bridge connects: sources under the names that their hook URLs carry, and routes to chats. */
export interface Bridge extends Deployable {
  sources: Readonly<Record<string, Source>>;
  routes: readonly Route[];
  /** Whose hook URLs may say `?chat=` and the parties; `signed`: only those that are signed. @default 'any' */
  hookQuery?: 'any' | 'signed';
  /** How the sound of memos shall be, where not as it came. */
  audio?: Partial<AudioRules>;
  /** How many days audio, rows, receipts and Linq's copies are kept, 28 to 365. @default 30 */
  retentionDays?: number;
  /** Whom the alarms of a deployed stage tell, and what they watch besides: docs/alarms.md. */
  alarms?: AlarmRules;
}

export interface AlarmRules {
  /** Where alarms are sent, once AWS's own question there was answered. Without it they only show on the dashboard. */
  email?: string;
  /** Sources that never rest, each with the whole hours after which its silence is an alarm. */
  silentAfterHours?: Readonly<Record<string, number>>;
  /** So many refused webhooks of one source within an hour are an alarm. @default 5 */
  refusedPerHour?: number;
}

/** The environment variable X locally, the SSM SecureString `/aftercall/<stage>/X` on AWS. */
export const secret = (name: string): SecretRef => ({ name });

/** A plain setting of a source, from the environment of a laptop; for AWS write it into `bridge.config.ts`. */
export const setting = (name: string): string | undefined => process.env[name] || undefined;

/** `POST /memos` makes recordings under this name. */
export const API_SOURCE = 'api';

const number = z
  .string()
  .transform(canonicalNumber)
  .pipe(z.e164({ error: 'must be a telephone number in E.164, such as +12052535597' }));
const targetSchema = z.union(
  [
    z.strictObject({ chat: z.guid({ error: 'must be a chat id, a UUID' }), ...policyShape }),
    z.strictObject({
      line: number,
      handle: z.union([z.literal(REMOTE_PARTY), number]),
      create: z.string().min(1).max(1000).exactOptional(),
      ...policyShape,
    }),
  ],
  { error: `must be { chat: "<UUID>" } or { line: "+1…", handle: "+1…" or "${REMOTE_PARTY}" }` },
);
const routeSchema = z.strictObject({
  when: z.strictObject({
    source: z.string().optional(),
    from: z.string().optional(),
    to: z.string().optional(),
    direction: z.enum(['inbound', 'outbound']).optional(),
  }),
  send: z.union([targetSchema, z.array(targetSchema).min(1)], {
    error: `must be { chat: "<UUID>" } or { line: "+1…", handle: "+1…" or "${REMOTE_PARTY}" }, or a list of them`,
  }),
  policy: z.strictObject(policyShape).optional(),
});
const hookQuerySchema = z.enum(['any', 'signed'], { error: "must be 'any' or 'signed'" }).optional();
const hours = `must be whole hours, 1 to ${7 * 24}: CloudWatch looks back a week at most`;
const alarmsSchema = z.strictObject({
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
  'concurrency',
  'throttle',
  'ffmpegLayerArn',
  'stages',
] satisfies (keyof Bridge)[];

/**
 * Checks a bridge's configuration.
 * @throws AftercallError `bad_configuration` whose message names everything that is wrong
 */
export const defineBridge = (bridge: Bridge): Bridge => {
  const wrong: string[] = Object.keys(bridge).flatMap((key) => {
    if (KEYS.includes(key)) return [];
    const ofAStage = key === 'publicUrl' || key === 'domain';
    return [`${key}: ${ofAStage ? `belongs to one stage: stages: { prod: { ${key} } }` : 'there is no such setting'}`];
  });
  for (const name of Object.keys(bridge.sources)) {
    const named = nameSchema.safeParse(name);
    if (!named.success) wrong.push(`sources.${name}: ${named.error.issues[0]?.message}`);
    if (name === API_SOURCE) wrong.push(`sources.${name}: this name is kept for POST /memos`);
  }
  for (const [index, route] of bridge.routes.entries()) {
    wrong.push(...mistakes(routeSchema, route, ['routes', index]));
    const { source } = route.when ?? {};
    if (source !== undefined && !Object.hasOwn(bridge.sources, source))
      wrong.push(`routes.${index}.when.source: there is no source ${source}`);
  }
  wrong.push(...mistakes(hookQuerySchema, bridge.hookQuery, ['hookQuery']));
  wrong.push(...mistakes(audioRulesSchema, bridge.audio ?? {}, ['audio']));
  if (!isRetention(retentionDaysOf(bridge))) wrong.push(`retentionDays: ${RETENTION_RULE}`);
  wrong.push(...mistakes(alarmsSchema, bridge.alarms ?? {}, ['alarms']));
  for (const source of Object.keys(bridge.alarms?.silentAfterHours ?? {}))
    if (!Object.hasOwn(bridge.sources, source))
      wrong.push(`alarms.silentAfterHours.${source}: there is no source ${source}`);
  wrong.push(...deploymentMistakes(bridge));
  if (wrong.length > 0) throw badConfiguration(wrong);
  return bridge;
};

/** A bridge's rules for sound, with the defaults for those it does not name. */
export const audioRulesOf = ({ audio }: Bridge): AudioRules => ({ ...AUDIO_RULES, ...audio });

export const retentionDaysOf = ({ retentionDays = RETENTION_DAYS.usual }: Bridge): number => retentionDays;

/** Sources whose secrets are all there; the others are off. */
export const sourcesThatAreOn = ({ sources }: Bridge, secrets: Secrets): Sources => ({
  async find(name) {
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    return source && (await missingSecrets(source.secrets, secrets)).length === 0 ? source : undefined;
  },
});

/**
 * For `store`: what `receive` has accepted is fetched whether or not its source is on by now, without a look at secrets
 * that `store` may not read; and what `POST /memos` names.
 */
export const sourcesToFetchFrom = ({ sources }: Bridge): Sources => ({
  find: async (name) => (name === API_SOURCE ? apiSource : Object.hasOwn(sources, name) ? sources[name] : undefined),
});

/** Any public host, and never by a webhook. */
const apiSource: Source = {
  kind: API_SOURCE,
  secrets: [],
  covers: { body: false, url: false, time: false, id: false },
  authenticate: async () => refused('it takes no webhooks'),
  classify: () => ({ kind: 'ignored', reason: 'it takes no webhooks' }),
  fetch: { hosts: 'any-public', notYet: [] },
};

const url = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' });
const hostAndPort = z.string().regex(/^(\[[0-9a-f:]+\]|[a-z0-9.-]+):\d{1,5}$/i, 'must be host:port');

/** Every variable that a function reads, and its shape. Which function gets which stands in `infra/`. */
const VARIABLES = {
  RECORDINGS_QUEUE_URL: url,
  MEMOS_QUEUE_URL: url,
  RECORDINGS_DLQ_URL: url,
  MEMOS_DLQ_URL: url,
  BUCKET: z.string().min(1),
  TABLE: z.string().min(1),
  /** What the metrics are told apart by; absent, there are none. */
  AFTERCALL_STAGE: z.string().min(1).optional(),
  PUBLIC_URL: url.regex(/^[^?#]*$/, 'must have no query and no fragment').transform((text) => text.replace(/\/+$/, '')),
  /** Where SSM keeps the secrets; absent, they are environment variables. */
  SECRETS_PREFIX: z
    .string()
    .regex(/^\/.+\/$/, 'must begin and end with /')
    .optional(),
  LINQ_API_V3_BASE_URL: url.optional(),
  AFTERCALL_DELIVERY: z.enum(['url', 'attachment'], { error: 'must be url or attachment' }).default('url'),
  AFTERCALL_ALLOW_HOSTS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((host) => host.trim())
        .filter(Boolean),
    )
    .pipe(z.array(hostAndPort)),
  /** The second audio engine, where it is not on PATH. */
  FFMPEG_PATH: z.string().optional(),
  PATH: z.string().default(''),
  /** From `bridge.config.ts`, by the stack or the local bridge: most functions do not bundle that file. */
  RETENTION_DAYS: z.coerce.number({ error: RETENTION_RULE }).refine(isRetention, RETENTION_RULE),
  /** How many recordings `store` has in hand at once, in all its environments together. */
  STORE_CONCURRENCY: z.coerce.number({ error: 'must be a number' }).int().positive().default(CONCURRENCY.store),
  // A timer holds 24 days: with more, the longest of them would end at once.
  AFTERCALL_TIME_SCALE: z.coerce.number({ error: 'must be a number' }).positive().max(1000).default(1),
} as const;
type Variables = typeof VARIABLES;

/**
 * Reads the named variables once.
 * @throws AftercallError `bad_configuration` whose message names every variable that is missing or wrong
 */
export const readEnvironment = <Name extends keyof Variables>(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly Name[],
): { [N in Name]: z.infer<Variables[N]> } => {
  const wrong: string[] = [];
  const read: Record<string, unknown> = {};
  for (const name of names) {
    const given = environment[name] === '' ? undefined : environment[name];
    const parsed = VARIABLES[name].safeParse(given);
    if (parsed.success) read[name] = parsed.data;
    else wrong.push(`${name}: ${given === undefined ? 'is missing' : parsed.error.issues[0]?.message}`);
  }
  if (wrong.length > 0) throw badConfiguration(wrong);
  // Each name was parsed by its own schema just above.
  return read as { [N in Name]: z.infer<Variables[N]> };
};

/** What a `badConfiguration` names, so that two of them can be told as one. */
export const mistakesIn = ({ message }: AftercallError): string[] =>
  message.split('\n').flatMap((line) => (line.startsWith('  - ') ? [line.slice(4)] : []));

export const badConfiguration = (wrong: readonly string[]): AftercallError =>
  new AftercallError(
    'bad_configuration',
    `The configuration has ${wrong.length === 1 ? 'a mistake' : `${wrong.length} mistakes`}:\n${wrong.map((line) => `  - ${line}`).join('\n')}`,
  );
