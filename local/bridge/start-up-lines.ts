import bridge from '../../bridge.config.ts';
import { findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import { environmentSecrets } from '../../functions/adapters/secrets.environment.ts';
import { readEnvironment } from '../../functions/config.ts';
import { objectsOf } from '../../functions/core/model/bucket.ts';
import { type Connection, connectionsOf } from '../../functions/core/source/connections.ts';
import { MIN_KEY_CHARACTERS } from '../../functions/core/source/secret-values.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../../functions/deployment.ts';
import { issueTicket } from '../../functions/http/console/session.ts';
import { apiKeyOf, deliveryOf, type Settings } from '../settings.ts';

/** The lines for a person at the start: the bridge's address, the sources that are on, where memos go, and how to get in. */
export const startUpLines = async (settings: Settings, url: string, sandbox: string | undefined): Promise<string[]> => {
  const connections = await connectionsOf(bridge, environmentSecrets(process.env));
  const dropped = Object.keys(bridge.sources).filter((name) => bridge.sources[name]?.classifyObject);
  const shown = [
    ...connections.map((each) => ({ line: sourceLine(each, url), name: each.name })),
    ...dropped.map((name) => ({ line: bucketLine(name), name })),
  ];
  const off = shown.filter(({ line }) => line === undefined).map(({ name }) => name);
  const linq = settings.LINQ_API_V3_API_KEY
    ? (settings.LINQ_API_V3_BASE_URL ?? 'Linq')
    : `the sandbox, ${sandbox}/sandbox`;
  const linqBaseUrl = settings.LINQ_API_V3_API_KEY ? settings.LINQ_API_V3_BASE_URL : sandbox;
  const ffmpeg = findFfmpeg(readEnvironment(process.env, ['FFMPEG_PATH', 'PATH']));
  return [
    `Aftercall listens at ${url}`,
    ...shown.flatMap(({ line }) => line ?? []),
    ...(off.length > 0 ? [`  off  ${off.length} sources: ${off.join(', ')}`, SWITCH_ON] : []),
    `  memos go to ${linq}, by ${deliveryOf(settings, linqBaseUrl)}`,
    ffmpeg
      ? `  codecs that the built-in decoders cannot read go to ${ffmpeg}`
      : '  ADPCM, GSM, Vorbis and WMA need an ffmpeg on PATH or at FFMPEG_PATH; without it they are rejected',
    settings.AFTERCALL_API_KEY
      ? `  the API key is AFTERCALL_API_KEY${isGuessable(settings) ? GUESSABLE : ''}`
      : `  the API key, made up for you: ${apiKeyOf(settings)}`,
    `  the page, signed in, for ten minutes from now: ${signInLink(settings, url)}`,
  ];
};

/** For a source without a hook; undefined where no entry of `buckets` names it. */
const bucketLine = (name: string): string | undefined => {
  const places = sourceBucketsOf(bridge, LOCAL_STAGE, name).map(objectsOf);
  if (places.length === 0) return undefined;
  return `  on   ${name}: new objects below ${places.join(' and ')}  (npx aftercall drop FILE --source ${name})`;
};

/** Opens the page without typing the key. The key is not in the link. */
export const signInLink = (settings: Settings, url: string): string =>
  `${url}/sign-in?ticket=${issueTicket(apiKeyOf(settings), Date.now())}`;

const SWITCH_ON =
  '       npx aftercall init switches one on by asking; npx aftercall hooks shows the secrets that each needs';

/** Undefined for a source that is off, without a secret of its own. */
const sourceLine = ({ name, on, missing, missingToFetch, faults, secrets }: Connection, url: string) => {
  const fetching = missingToFetch.filter((each) => !missing.includes(each));
  const toFetch = fetching.length > 0 ? `to fetch recordings set ${fetching.join(', ')}` : '';
  const wrong = faults.join('; ');
  if (wrong && !on) return `  WRONG ${name} is off: ${wrong}`;
  const wrongToFetch = fetching.some((each) => faults.some((fault) => fault.startsWith(`${each} `)));
  if (wrongToFetch)
    return `  WRONG ${url}/hooks/${name} takes webhooks, and its recordings cannot be fetched: ${wrong}`;
  if (on)
    return `  on   ${url}/hooks/${name}${wrong || toFetch ? `  (${[wrong, toFetch].filter(Boolean).join('; ')})` : ''}`;
  const isBegun = new Set([...missing, ...missingToFetch]).size < secrets.length;
  return isBegun ? `  off  ${name}: set ${missing.join(', ')}${toFetch && `; ${toFetch}`}` : undefined;
};

/** Behind a tunnel, anybody can try to guess the key. */
const isGuessable = (settings: Settings): boolean =>
  settings.PUBLIC_URL !== undefined && apiKeyOf(settings).length < MIN_KEY_CHARACTERS;
const GUESSABLE = `. It is short, and whoever knows PUBLIC_URL may guess at it: take ${MIN_KEY_CHARACTERS} characters or more`;
