import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { badConfiguration } from '../functions/config.ts';
import { API_KEY, secretValues } from '../functions/core/source/secret-values.ts';
import { privateFolder } from './cloud/private-folder.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' });
const baseUrl = httpUrl.regex(/^[^?#]*$/, 'must have no query and no fragment');

/** Reports a wrong API key before any server listens. The message comes behind the variable's name. */
const refuseFaults = (text: string, context: z.RefinementCtx) => {
  const { values, faults } = secretValues(text, API_KEY);
  const count = values.length + faults.length;
  const [fault] = faults;
  const blanks = `has blanks in it and would be read as ${count} keys; a key has none, and two keys, as for a rotation, have 16 characters or more each`;
  if (count === 0) context.addIssue({ code: 'custom', message: 'is nothing but blanks' });
  else if (fault)
    context.addIssue({ code: 'custom', message: count > 1 ? blanks : fault.replace(`${API_KEY.name} `, '') });
};

const settingsSchema = z.object({
  PORT: z.coerce.number({ error: 'must be a number' }).int().min(0).max(65535).default(8787),
  PUBLIC_URL: baseUrl.optional(),
  AFTERCALL_DATA: z
    .string()
    .default('.aftercall')
    .transform((path) => resolve(path)),
  AFTERCALL_API_KEY: z.string().superRefine(refuseFaults).optional(),
  AFTERCALL_ALLOW_HOSTS: z
    .string()
    .regex(
      /^(|(\[[0-9a-f:]+\]|[a-z0-9.-]+):\d{1,5}(,\s*(\[[0-9a-f:]+\]|[a-z0-9.-]+):\d{1,5})*)$/i,
      'must be host:port,host:port',
    )
    .default(''),
  AFTERCALL_DELIVERY: z
    .enum(['url', 'attachment', 'auto'], { error: 'must be url, attachment or auto' })
    .default('auto'),
  AFTERCALL_TIME_SCALE: z.coerce.number({ error: 'must be a number' }).positive('must be more than 0').default(1),
  LINQ_API_V3_API_KEY: z.string().optional(),
  LINQ_API_V3_BASE_URL: httpUrl.optional(),
});
export type Settings = z.infer<typeof settingsSchema>;

/**
 * The environment of a bridge on a laptop.
 * @throws AftercallError `bad_configuration` whose message names every variable that is wrong
 */
export const readSettings = (environment: Readonly<Record<string, string | undefined>>): Settings => {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw badConfiguration(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
};

/** A key for `/memos`: the newest given key, or a key that is made up once and saved in the data folder. */
export const apiKeyOf = (settings: Settings): string => {
  const { AFTERCALL_DATA } = settings;
  const [given] = keysGiven(settings);
  if (given) return given;
  const path = join(AFTERCALL_DATA, 'api-key');
  privateFolder(AFTERCALL_DATA);
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
};

/** The same key if it exists already; makes none. */
export const keptApiKey = (settings: Settings): string | undefined => {
  const path = join(settings.AFTERCALL_DATA, 'api-key');
  return keysGiven(settings)[0] ?? (existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined);
};

const keysGiven = ({ AFTERCALL_API_KEY }: Settings): string[] => secretValues(AFTERCALL_API_KEY, API_KEY).values;

/** Linq can fetch a URL on this machine only if Linq's stand-in runs on this machine too. */
export const deliveryOf = ({ AFTERCALL_DELIVERY }: Settings, linqBaseUrl: string | undefined): 'url' | 'attachment' => {
  if (AFTERCALL_DELIVERY !== 'auto') return AFTERCALL_DELIVERY;
  const host = linqBaseUrl ? new URL(linqBaseUrl).hostname : '';
  return ['127.0.0.1', 'localhost', '[::1]'].includes(host) ? 'url' : 'attachment';
};
