import type { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type Dimension, METRICS, type MetricName, NAMESPACE } from '../functions/core/observe/metrics.ts';
import type { FunctionName } from './secrets.ts';

/** The dimensions of a metric besides its stage. */
export interface Which {
  source?: string;
  service?: FunctionName;
}

export type Counted = (name: MetricName, period: Duration, which?: Which, statistic?: string) => Metric;

/** A stage's metrics, by the names of the table in core/observe/metrics.ts. */
export const countedAt =
  (stage: string): Counted =>
  (metricName, period, which = {}, statistic = Stats.SUM) => {
    const values: Partial<Record<Dimension, string>> = { stage, ...which };
    const dimensionsMap = Object.fromEntries(
      METRICS[metricName].dimensions.map((dimension) => {
        const value = values[dimension];
        if (value === undefined) throw new Error(`${metricName} is told apart by its ${dimension}`);
        return [dimension, value];
      }),
    );
    return new Metric({ namespace: NAMESPACE, metricName, dimensionsMap, statistic, period });
  };
