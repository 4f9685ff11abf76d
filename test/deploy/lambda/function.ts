import type { FunctionInTemplate } from '../template.ts';
import { type Environment, startEnvironment } from './environment.ts';
import type { Outcome } from './runtime-api.ts';

/** The measurements of a function, over all its environments. */
export interface FunctionUsage {
  events: number;
  environments: number;
  threads: number;
  peakMegabytes: number;
  memoryMegabytes: number;
}
/** By the function's name. The stages share one map. */
export type UsageByFunction = Map<string, FunctionUsage>;

export interface RunningFunction {
  /** Gives an event to an idle environment, or starts a new environment, as Lambda does. */
  invoke(event: unknown): Promise<Outcome>;
  environments(): readonly Environment[];
  /** Why each ended environment has ended. */
  ended(): readonly string[];
  /** The lines that all its environments wrote. */
  log(): string[];
  stop(): Promise<void>;
}

export interface FunctionOptions {
  runtimeClient: string;
  variables: Readonly<Record<string, string>>;
  usageByFunction: UsageByFunction;
  /** Instead of the template's time-out, for a test of the time-out. */
  timeoutMs?: number;
}

/** A function of the template, with as many environments as it has events at once. */
export const startFunction = (of: FunctionInTemplate, options: FunctionOptions): RunningFunction => {
  const { timeoutMs = of.timeoutSeconds * 1000, usageByFunction } = options;
  const functionUsage = usageByFunction.get(of.name) ?? noneYet(of);
  usageByFunction.set(of.name, functionUsage);
  let live: Environment[] = [];
  const all: Environment[] = [];
  const taken = new Set<Environment>();

  const take = async (): Promise<Environment> => {
    live = live.filter((environment) => !environment.dead());
    let environment = live.find((one) => one.idle() && !taken.has(one));
    if (environment) {
      taken.add(environment);
      return environment;
    }
    functionUsage.environments += 1;
    environment = await startEnvironment({ ...options, function: of });
    taken.add(environment);
    live.push(environment);
    all.push(environment);
    return environment;
  };

  return {
    async invoke(event) {
      const environment = await take();
      functionUsage.events += 1;
      try {
        return await environment.invoke(event, timeoutMs);
      } catch (error) {
        // The environment ended before it took the event. Lambda reports that as the invocation's error.
        return { kind: 'died', reason: error instanceof Error ? error.message : String(error) };
      } finally {
        taken.delete(environment);
        functionUsage.threads = Math.max(functionUsage.threads, environment.seen.threads);
        functionUsage.peakMegabytes = Math.max(functionUsage.peakMegabytes, environment.seen.peakMegabytes);
      }
    },
    environments: () => live.filter((environment) => !environment.dead()),
    ended: () => all.filter((environment) => environment.dead()).map(({ whyDead }) => whyDead()),
    log: () => all.flatMap(({ log }) => log),
    async stop() {
      await Promise.all(all.map((environment) => environment.stop()));
    },
  };
};

const noneYet = ({ memoryMegabytes }: FunctionInTemplate): FunctionUsage => ({
  events: 0,
  environments: 0,
  threads: 0,
  peakMegabytes: 0,
  memoryMegabytes,
});
