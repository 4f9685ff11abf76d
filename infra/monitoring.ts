import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { AlarmRules } from '../functions/config.ts';
import type { AlarmRow } from './alarm-row.ts';
import { alarmRows, type Monitored } from './alarms.ts';
import { PathDashboard } from './dashboard.ts';

/** Every alarm, the address that they notify, and the dashboard. */
export class Monitoring extends Construct {
  /** The alarms' topic; undefined where bridge.config.ts names no address. */
  readonly topic: AlarmTopic | undefined;
  readonly dashboard: PathDashboard;

  constructor(scope: Construct, id: string, monitored: Monitored, rules: AlarmRules = {}) {
    super(scope, id);
    const { stage } = monitored;
    this.topic = rules.email === undefined ? undefined : new AlarmTopic(this, 'Topic', { stage, email: rules.email });
    const alarms = alarmRows(monitored, rules).map((row) => {
      const alarm = alarmOf(this, stage, row);
      if (this.topic) {
        const tell = new SnsAction(this.topic.topic);
        alarm.addAlarmAction(tell);
        if (row.notifiesWhenOver) alarm.addOkAction(tell);
      }
      return alarm;
    });
    this.dashboard = new PathDashboard(this, 'Dashboard', { monitored, alarms });
  }
}

const alarmOf = (scope: Construct, stage: string, { kind, of, wrong, fix, metric, when }: AlarmRow): Alarm => {
  const name = of === undefined ? kind : `${kind}-${of}`;
  return new Alarm(scope, name, {
    // The subject of the e-mail.
    alarmName: `aftercall-${stage}-${name}`,
    alarmDescription: `${wrong} ${fix}`,
    ...('absentFor' in when ? absence(metric, when.absentFor) : presence(metric, when.atLeast)),
  });
};

const presence = (metric: IMetric, atLeast: number) => ({
  metric,
  threshold: atLeast,
  evaluationPeriods: 1,
  comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
});

/**
 * Where data are missing, CloudWatch uses older data, so that an alarm on absence alone rings some periods late. Zeros in the
 * gaps prevent that. Where a metric has no data at all, there are no gaps, and missing data must count as absent.
 */
const absence = (metric: IMetric, periods: number) => ({
  metric: new MathExpression({
    expression: 'FILL(seen, 0)',
    usingMetrics: { seen: metric },
    // Each metric that an alarm reads has an alarm.
    period: periodOf(metric),
    label: 'seen',
  }),
  threshold: 1,
  evaluationPeriods: periods,
  datapointsToAlarm: periods,
  comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.BREACHING,
});

const periodOf = (metric: IMetric): Duration => {
  const { metricStat } = metric.toMetricConfig();
  if (!metricStat) throw new Error('an absence is monitored of a metric itself');
  return metricStat.period;
};

/**
 * CloudWatch publishes, and nobody else. The topic has a key of its own: with SNS's, alias/aws/sns, CloudWatch may not
 * publish, since that key's policy cannot be changed.
 */
class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { stage, email }: { stage: string; email: string }) {
    super(scope, id);
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    const { account } = Stack.of(this);
    const conditions = { StringEquals: { 'aws:SourceAccount': account } };
    const key = new Key(this, 'Key', {
      description: `Aftercall ${stage}: what alarms say`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudWatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'], // in a key's policy `*` is this key
        conditions,
      }),
    );
    // The sender's name of the e-mail.
    this.topic = new Topic(this, 'Alarms', { displayName: `Aftercall ${stage}`, masterKey: key, enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions,
      }),
    );
    this.topic.addSubscription(new EmailSubscription(email));
  }
}
