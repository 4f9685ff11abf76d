import { Metrics } from '@aws-lambda-powertools/metrics';
import { countedIn, type Dimension, type Level, NAMESPACE } from '../core/observe/metrics.ts';
import type { LogFacts } from '../core/ports/ports.ts';

export interface Counting {
  stage: string;
  /** The configured sources: a name that a caller invents must not become a dimension. */
  sources: readonly string[];
}

/**
 * The fields of a log line that CloudWatch counts: Embedded Metric Format, made by Powertools. Undefined where no
 * metric counts the line.
 */
export type CountLine = (level: Level, facts: LogFacts) => object;

/**
 * Metrics are part of their log line. Nothing is collected for later, so nothing must be flushed, and a function that
 * crashes has counted every line that it has written.
 */
export const powertoolsMetrics = (service: string, { stage, sources }: Counting): CountLine => {
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: service });
  metrics.clearDefaultDimensions(); // each metric names its own dimensions

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
    // The logger writes the field `service` itself and ignores ours.
    const { service: _theSame, ...line } = Object.assign({}, ...documents);
    return { ...line, _aws: { ...first._aws, CloudWatchMetrics } };
  };
};

const isWhole = (dimensions: Record<string, string | undefined>): dimensions is Record<string, string> =>
  !Object.values(dimensions).includes(undefined);
