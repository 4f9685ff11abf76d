import bridge from '../../bridge.config.ts';
import { findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import { environmentSecrets } from '../../functions/adapters/secrets.environment.ts';
import { readEnvironment } from '../../functions/config.ts';
import { objectsOf } from '../../functions/core/model/bucket.ts';
import { faultsOf, missingSecrets } from '../../functions/core/source/missing-secrets.ts';
import { MIN_KEY_CHARACTERS } from '../../functions/core/source/secret-values.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../../functions/deployment.ts';
import { apiKeyOf, deliveryOf, type Settings } from '../settings.ts';

/** The lines for a person at the start: the bridge's address, the sources that are on, and where memos go. */
export const startUpLines = async (settings: Settings, url: string, sandbox: string | undefined): Promise<string[]> => {
  const secrets = environmentSecrets(process.env);
  const sources = await Promise.all(
    Object.entries(bridge.sources).map(async ([name, source]) => {
      if (source.classifyObject) return bucketLine(name);
      const proof = await missingSecrets(source.secrets, secrets);
      const fetching = (await missingSecrets(source.fetch.secrets ?? [], secrets)).filter(
        (name) => !proof.includes(name),
      );
      const toFetch = fetching.length > 0 ? `to fetch recordings set ${fetching.join(', ')}` : '';
      const wrong = (await faultsOf([...source.secrets, ...(source.fetch.secrets ?? [])], secrets)).join('; ');
      if (wrong && proof.length > 0) return `  WRONG ${name} is off: ${wrong}`;
      const cannotFetch = (await faultsOf(source.fetch.secrets ?? [], secrets)).length > 0 && fetching.length > 0;
      if (cannotFetch)
        return `  WRONG ${url}/hooks/${name} takes webhooks, and its recordings cannot be fetched: ${wrong}`;
      if (proof.length === 0)
        return `  on   ${url}/hooks/${name}${wrong || toFetch ? `  (${[wrong, toFetch].filter(Boolean).join('; ')})` : ''}`;
      return `  off  ${name}: set ${proof.join(', ')}${toFetch && `; ${toFetch}`}`;
    }),
  );
  const linq = settings.LINQ_API_V3_API_KEY
    ? (settings.LINQ_API_V3_BASE_URL ?? 'Linq')
    : `the sandbox, ${sandbox}/sandbox`;
  const linqBaseUrl = settings.LINQ_API_V3_API_KEY ? settings.LINQ_API_V3_BASE_URL : sandbox;
  const ffmpeg = findFfmpeg(readEnvironment(process.env, ['FFMPEG_PATH', 'PATH']));
  return [
    `Aftercall listens at ${url}; its page is there too, for whoever has the API key`,
    ...sources,
    `  memos go to ${linq}, by ${deliveryOf(settings, linqBaseUrl)}`,
    ffmpeg
      ? `  what the built-in decoders do not hear goes to ${ffmpeg}`
      : '  ADPCM, GSM, Vorbis and WMA need an ffmpeg on PATH or at FFMPEG_PATH; without it they are rejected',
    settings.AFTERCALL_API_KEY
      ? `  the API key is AFTERCALL_API_KEY${isGuessable(settings) ? GUESSABLE : ''}`
      : `  the API key, made up for you: ${apiKeyOf(settings)}`,
  ];
};

/** For a source without a hook. */
const bucketLine = (name: string): string => {
  const places = sourceBucketsOf(bridge, LOCAL_STAGE, name).map(objectsOf);
  if (places.length === 0) return `  off  ${name}: name it in an entry of buckets in bridge.config.ts`;
  return `  on   ${name}: new objects below ${places.join(' and ')}  (npx aftercall drop FILE --source ${name})`;
};

/** Behind a tunnel, anybody can try to guess the key. */
const isGuessable = (settings: Settings): boolean =>
  settings.PUBLIC_URL !== undefined && apiKeyOf(settings).length < MIN_KEY_CHARACTERS;
const GUESSABLE = `. It is short, and whoever knows PUBLIC_URL may guess at it: take ${MIN_KEY_CHARACTERS} characters or more`;
