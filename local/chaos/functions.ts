import { FUNCTIONS, type FunctionName } from '../bridge/bridge.ts';
import { type Kept, keepRunning } from './process.ts';
import type { QuietRoute } from './quiet-hours.ts';

/** The environment that the functions read at each start. A test may change it before a restart. */
export interface Environment {
  secrets: Record<string, string>;
  linqKey: string;
  /** By how much each function's clock is wrong. */
  shiftMs: Partial<Record<FunctionName, number>>;
  /** The storm's source, and the route with quiet hours as soon as one exists. */
  source: string;
  quietRoute?: QuietRoute;
}

export interface FunctionsOptions {
  data: string;
  scale: number;
  linqUrl: string;
  mediaHost: string;
  apiKey: string;
  environment: Environment;
}

/** Each function as a process of its own. */
export const startFunctions = async (options: FunctionsOptions): Promise<Record<FunctionName, Kept>> => {
  const { data, scale, linqUrl, mediaHost, apiKey, environment } = options;
  const ports = new Map<FunctionName, string>();
  const start = async (name: FunctionName): Promise<[FunctionName, Kept]> => {
    const kept = await keepRunning({
      name,
      file: new URL('../bridge/process.ts', import.meta.url),
      args: [name],
      data,
      execArgv: () => [
        ...['--import', new URL('policy-config.ts', import.meta.url).href],
        ...(environment.shiftMs[name] ? ['--import', new URL('shifted-clock.ts', import.meta.url).href] : []),
      ],
      environment: () => ({
        ...withoutTheUsers(process.env),
        ...environment.secrets,
        PORT: ports.get(name) ?? '0',
        AFTERCALL_DATA: data,
        AFTERCALL_API_KEY: apiKey,
        AFTERCALL_ALLOW_HOSTS: mediaHost,
        AFTERCALL_DELIVERY: 'url',
        AFTERCALL_TIME_SCALE: String(scale),
        LINQ_API_V3_API_KEY: environment.linqKey,
        LINQ_API_V3_BASE_URL: linqUrl,
        CHAOS_SOURCE: environment.source,
        CHAOS_QUIET: environment.quietRoute ? JSON.stringify(environment.quietRoute) : '',
        CHAOS_CLOCK_SHIFT_MS: String(environment.shiftMs[name] ?? 0),
      }),
    });
    if (name === 'receive' || name === 'api') ports.set(name, new URL(kept.url ?? '').port);
    return [name, kept];
  };
  // The keys are those of FUNCTIONS, one each.
  return Object.fromEntries(await Promise.all(FUNCTIONS.map(start))) as Record<FunctionName, Kept>;
};

/** Removes the user's keys and addresses, so that nothing leaves this machine. */
const withoutTheUsers = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !/^(LINQ_|AWS_|AFTERCALL_|PUBLIC_URL$|PORT$|SECRETS_PREFIX$)/.test(name),
    ),
  );
