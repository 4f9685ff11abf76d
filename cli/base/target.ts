import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentSecrets } from '../../functions/adapters/secrets.environment.ts';
import type { SecretStore } from '../../functions/core/ports/ports.ts';
import { API_KEY, secretValues } from '../../functions/core/source/secret-values.ts';
import { secretsPrefix } from '../../infra/secrets.ts';
import { keptApiKey, readSettings } from '../../local/settings.ts';
import { Failure, Misuse } from './failure.ts';
import { ssmParameters } from './ssm.ts';
import { checkedStage } from './stage.ts';

/** The bridge that the command talks to. */
export interface Target {
  kind: 'local' | 'stage' | 'address';
  /** For messages: `the local bridge`, `stage prod`. */
  name: string;
  stage?: string;
  /** Of its API, without a slash at the end. */
  url: string;
  /** The base of the URLs that senders have. */
  publicUrl: string;
  secrets: SecretStore;
  /** @throws Failure where there is none */
  apiKey(): Promise<string>;
}

export interface TargetOptions {
  stage?: string;
  url?: string;
}

/** `--url`, else the stage's own URL, else AFTERCALL_URL, else the bridge of `npm start` on this machine. */
export const findTarget = async (environment: Environment, options: TargetOptions): Promise<Target> => {
  const url = options.url === undefined ? undefined : baseUrl(options.url, '--url');
  if (options.stage !== undefined) return stagePlace(environment, options.stage, url);
  const address = url ?? (environment.AFTERCALL_URL ? baseUrl(environment.AFTERCALL_URL, 'AFTERCALL_URL') : undefined);
  return address === undefined ? localPlace(environment) : addressPlace(environment, address);
};

/** The secrets alone: a stage has secrets before it has a URL. */
export const secretsAt = (environment: Environment, stage: string | undefined): SecretStore =>
  stage === undefined ? environmentSecrets(environment) : ssmParameters(checkedStage(stage)).secrets;

type Environment = Readonly<Record<string, string | undefined>>;

const localPlace = (environment: Environment): Target => {
  const settings = readSettings(environment);
  const url = environment.PORT && settings.PORT !== 0 ? `http://127.0.0.1:${settings.PORT}` : listensAt(settings);
  return {
    kind: 'local',
    name: 'the local bridge',
    url,
    publicUrl: (settings.PUBLIC_URL ?? url).replace(/\/+$/, ''),
    secrets: environmentSecrets(environment),
    async apiKey() {
      const key = keptApiKey(settings);
      if (key) return key;
      throw new Failure(
        `${settings.AFTERCALL_DATA} holds no API key: start the bridge with 'npm start', or set AFTERCALL_API_KEY`,
      );
    },
  };
};

/** The URL that `npm start` has written down: its port may be a free one. */
const listensAt = ({ AFTERCALL_DATA, PORT }: ReturnType<typeof readSettings>): string => {
  try {
    return readFileSync(join(AFTERCALL_DATA, 'bridge.url'), 'utf8').trim();
  } catch {
    return `http://127.0.0.1:${PORT}`;
  }
};

const stagePlace = async (environment: Environment, stage: string, url: string | undefined): Promise<Target> => {
  const { secrets } = ssmParameters(checkedStage(stage));
  const [written] = url === undefined ? await secrets.read({ name: 'URL' }) : [url];
  if (!written)
    throw new Failure(`SSM has no ${secretsPrefix(stage)}URL: deploy the stage first, or name its URL with --url`);
  return {
    kind: 'stage',
    name: `stage ${stage}`,
    stage,
    url: baseUrl(written, `${secretsPrefix(stage)}URL`),
    publicUrl: baseUrl(written, `${secretsPrefix(stage)}URL`),
    secrets,
    async apiKey() {
      const key = (await secrets.read(API_KEY))[0] ?? keyIn(environment);
      if (key) return key;
      throw new Failure(`stage ${stage} has no API key: npx aftercall secrets set AFTERCALL_API_KEY --stage ${stage}`);
    },
  };
};

const addressPlace = (environment: Environment, url: string): Target => ({
  kind: 'address',
  name: url,
  url,
  publicUrl: url,
  secrets: environmentSecrets(environment),
  async apiKey() {
    const key = keyIn(environment);
    if (key) return key;
    throw new Failure(`the API key for ${url} is absent: set AFTERCALL_API_KEY, or name the stage with --stage`);
  },
});

/** The newest key. */
const keyIn = (environment: Environment): string | undefined =>
  secretValues(environment[API_KEY.name], API_KEY).values[0];

const baseUrl = (text: string, name: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username)
    throw new Misuse(`${name} must be an http or https URL without a query`);
  return url.href.replace(/\/+$/, '');
};
