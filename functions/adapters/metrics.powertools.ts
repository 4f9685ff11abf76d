import { Metrics } from '@aws-lambda-powertools/metrics';
import { countedIn, type Dimension, type Level, NAMESPACE } from '../core/observe/metrics.ts';
import type { LogFacts } from '../core/ports/ports.ts';

export interface Counting {
  stage: string;
  /** The configured ones: a name that a caller made up is no dimension. */
  sources: readonly string[];
}

/**
 * What a log line of this service bears so that CloudWatch counts it: Embedded Metric Format, made by Powertools; nothing where
 * nothing is counted.
 */
export type CountLine = (level: Level, facts: LogFacts) => object;

/**
 * Metrics are part of the log line that they are made of. Nothing is gathered for later, so there is nothing to flush, and a
 * function that dies has counted whatever it has said.
 */
export const powertoolsMetrics = (service: string, { stage, sources }: Counting): CountLine => {
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: service });
  metrics.clearDefaultDimensions(); // each row names its own

  return (level, facts) => {
    const values: Record<Dimension, string | undefined> = {
      stage,
      service,
      source: sources.find((name) => name === facts.source),
    };
    const documents = countedIn(level, facts).flatMap(({ name, row: { unit, dimensions }, value }) => {
      const chosen = Object.fromEntries(dimensions.map((dimension) => [dimension, values[dimension]]));
      if (!isWhole(chosen)) return [];
      metrics.addDimensions(chosen);
      metrics.addMetric(name, unit, value);
      const document = metrics.serializeMetrics();
      metrics.clearDimensions();
      metrics.clearMetrics();
      return [document];
    });
    const [first] = documents;
    if (!first) return {};
    const CloudWatchMetrics = documents.flatMap(({ _aws }) => _aws.CloudWatchMetrics);
    // The logger writes the service itself, and takes it from nobody else.
    const { service: _theSame, ...line } = Object.assign({}, ...documents);
    return { ...line, _aws: { ...first._aws, CloudWatchMetrics } };
  };
};

const isWhole = (dimensions: Record<string, string | undefined>): dimensions is Record<string, string> =>
  !Object.values(dimensions).includes(undefined);
