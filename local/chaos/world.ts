import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { audioRulesOf, type Bridge } from '../../functions/config.ts';
import type { FunctionName } from '../bridge/bridge.ts';
import { type CloudPart, startCloudParts } from './cloud-parts.ts';
import type { Counters } from './counters.ts';
import type { Deliveries } from './deliveries.ts';
import { startDrops } from './drops.ts';
import { PASSING_STATES } from './expectation.ts';
import { type Environment, startFunctions } from './functions.ts';
import { type FaultyLinq, startFaultyLinq } from './linq.ts';
import { type MediaHost, startMediaHost } from './media.ts';
import { type Operator, startOperator } from './operator.ts';
import type { Kept } from './process.ts';
import { QUIET_SOURCE } from './quiet-hours.ts';
import { type Senders, startSenders } from './senders.ts';
import type { Row } from './verdict.ts';

export interface World {
  scale: number;
  linq: FaultyLinq;
  media: MediaHost;
  cloud: Record<CloudPart, Kept>;
  functions: Record<FunctionName, Kept>;
  environment: Environment;
  senders: Senders;
  operator: Operator;
  deliveries: Deliveries;
  counters: Counters;
  /** The memo's row; undefined if it has none. Throws if the bridge cannot answer now. */
  row(memo: string): Promise<Row | undefined>;
  /** Whether any memo has not ended yet. */
  isBusy(): Promise<boolean>;
  stop(): Promise<void>;
}

const rowSchema = z.object({
  id: z.string(),
  state: z.string(),
  reason: z.string().optional(),
  history: z.array(
    z.object({ at: z.string(), state: z.string(), reason: z.string().optional(), code: z.string().optional() }),
  ),
});

const pageSchema = z.object({ memos: z.array(z.unknown()) });

export interface WorldOptions {
  /** An empty folder for the data of all parts and the log of each process. */
  data: string;
  bridge: Bridge;
  deliveries: Deliveries;
  scale: number;
  counters: Counters;
}

/** Starts the whole bridge and everything it calls, on this machine only. */
export const startWorld = async (options: WorldOptions): Promise<World> => {
  const { data, bridge, deliveries, scale, counters } = options;
  const apiKey = randomBytes(16).toString('hex');
  const secret = deliveries.rotates ? newSecret() : undefined;
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    await Promise.all(stops.map((each) => each()));
  };

  try {
    const { media, environment, linq, cloud, functions } = await startParts(options, secret, apiKey, stops);
    const { api, row, isBusy } = askApi(functions.api, apiKey);
    const senders = startSenders({
      deliveries,
      drops: startDrops(data),
      hookUrl: ({ chat, isQuiet, source }) =>
        `${functions.receive.url}/hooks/${isQuiet ? QUIET_SOURCE : `${deliveries.find(source).source}?chat=${chat}`}`,
      media,
      seconds: Math.max(1, Math.ceil(audioRulesOf(bridge).minSeconds)),
      secret,
      counters,
    });
    return {
      scale,
      linq,
      media,
      cloud,
      functions,
      environment,
      senders,
      operator: startOperator({ data, api, row }),
      deliveries,
      counters,
      row,
      isBusy,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** @param stops gets a function that stops each part, as soon as the part is up */
const startParts = async (
  { data, deliveries, scale, counters }: WorldOptions,
  secret: string | undefined,
  apiKey: string,
  stops: (() => Promise<unknown>)[],
) => {
  const media = await startMediaHost({ scale, counters });
  stops.push(media.stop);
  const secrets = deliveries.secretsWith(secret, media.url);
  const environment: Environment = { secrets, linqKey: newKey(), shiftMs: {}, source: deliveries.usual.source };
  const linq = await startFaultyLinq({ data, scale, counters });
  stops.push(linq.stop);
  linq.keys.add(environment.linqKey);
  const cloud = await startCloudParts(data);
  stops.push(...Object.values(cloud).map((part) => part.end));
  const mediaHost = new URL(media.url).host;
  const functions = await startFunctions({ data, scale, linqUrl: linq.url, mediaHost, apiKey, environment });
  stops.push(...Object.values(functions).map((each) => each.end));
  return { media, environment, linq, cloud, functions };
};

/** Calls `api` like an operator's program. */
const askApi = (function_: Kept, apiKey: string) => {
  const api = (path: string, init: RequestInit = {}) =>
    fetch(function_.url + path, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(10_000),
    });
  const row = async (memo: string): Promise<Row | undefined> => {
    const answer = await api(`/memos/${memo}`);
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`GET /memos/${memo} was answered ${answer.status}`);
    return rowSchema.parse(await answer.json());
  };
  const isBusy = async (): Promise<boolean> => {
    const answers = await Promise.all(PASSING_STATES.map((state) => api(`/memos?state=${state}&limit=1`)));
    const pages = await Promise.all(answers.map(async (answer) => pageSchema.parse(await answer.json())));
    return pages.some(({ memos }) => memos.length > 0);
  };
  return { api, row, isBusy };
};

export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;
export const newKey = (): string => randomBytes(16).toString('hex');
