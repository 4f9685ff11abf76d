import * as z from 'zod';
import { badConfiguration } from './core/model/bad-configuration.ts';
import { isRetention, RETENTION_RULE } from './core/model/retention.ts';
import { CONCURRENCY } from './deployment.ts';

const url = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' });
const hostAndPort = z.string().regex(/^(\[[0-9a-f:]+\]|[a-z0-9.-]+):\d{1,5}$/i, 'must be host:port');

/** Every variable that a function reads, and its shape. `infra/` says which function gets which variable. */
const VARIABLES = {
  RECORDINGS_QUEUE_URL: url,
  MEMOS_QUEUE_URL: url,
  RECORDINGS_DLQ_URL: url,
  MEMOS_DLQ_URL: url,
  /** Only where a bucket of the configuration names a source. */
  DROPS_QUEUE_URL: url.optional(),
  BUCKET: z.string().min(1),
  TABLE: z.string().min(1),
  /** A dimension of the metrics. Without this variable no metrics are written. */
  AFTERCALL_STAGE: z.string().min(1).optional(),
  PUBLIC_URL: url.regex(/^[^?#]*$/, 'must have no query and no fragment').transform((text) => text.replace(/\/+$/, '')),
  /** The path of the secrets in SSM. Without this variable secrets are environment variables. */
  SECRETS_PREFIX: z
    .string()
    .regex(/^\/.+\/$/, 'must begin and end with /')
    .optional(),
  LINQ_API_V3_BASE_URL: url.optional(),
  /** Local only: the page of the sandbox that takes the memos in place of Linq. */
  SANDBOX_URL: url.optional(),
  /** Local only: a POST there makes a test call. */
  TEST_CALL_URL: url.optional(),
  /** Local only: a secret that was made up for test calls. Its source counts as off: nobody else knows the secret. */
  MADE_UP_SECRET: z.string().optional(),
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
  /** The second audio engine, where `ffmpeg` is not on PATH. */
  FFMPEG_PATH: z.string().optional(),
  PATH: z.string().default(''),
  /** The stack or the local bridge copies this from `bridge.config.ts`, which most functions do not bundle. */
  RETENTION_DAYS: z.coerce.number({ error: RETENTION_RULE }).refine(isRetention, RETENTION_RULE),
  /** How many recordings `store` works on at once, in all its environments together. */
  STORE_CONCURRENCY: z.coerce.number({ error: 'must be a number' }).int().positive().default(CONCURRENCY.store),
  // A timer of Node holds 24 days at most; a longer one ends at once.
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
