import { Aws, Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { MetricName } from '../functions/core/observe/metrics.ts';
import type { Monitored } from './alarms.ts';
import { countedAt } from './counted.ts';
import type { FunctionName } from './secrets.ts';

const PERIOD = Duration.minutes(5);
const WIDTH = 24;

/** One dashboard that reads from top to bottom as the path: what speaks, what comes in, what waits, what goes out, how it ends. */
export class PathDashboard extends Construct {
  /** Where the console shows it. */
  readonly url: string;

  constructor(scope: Construct, id: string, { monitored, alarms }: { monitored: Monitored; alarms: Alarm[] }) {
    super(scope, id);
    const { stage } = monitored;
    const dashboardName = `aftercall-${stage}`;
    new Dashboard(this, 'Board', {
      dashboardName,
      defaultInterval: Duration.hours(12),
      widgets: [...alarmWidgets(alarms), ...sections(monitored)],
    });
    this.url = `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${dashboardName}`;
  }
}

/** CloudWatch takes a hundred alarms in a widget. */
const ALARMS_IN_A_WIDGET = 100;

const alarmWidgets = (alarms: Alarm[]): IWidget[][] =>
  Array.from({ length: Math.ceil(alarms.length / ALARMS_IN_A_WIDGET) }, (_, index) => [
    new AlarmStatusWidget({
      title: 'Alarms: docs/alarms.md says what each wants',
      alarms: alarms.slice(index * ALARMS_IN_A_WIDGET, (index + 1) * ALARMS_IN_A_WIDGET),
      width: WIDTH,
      height: 6,
    }),
  ]);

const sections = ({ stage, sources, frontDoor, functions, queues }: Monitored): IWidget[][] => {
  const counted = countedAt(stage);
  const of = (...names: MetricName[]) => names.map((name) => counted(name, PERIOD).with({ label: inWords(name) }));
  const bySource = (name: MetricName) =>
    Object.keys(sources).map((source) => counted(name, PERIOD, { source }).with({ label: source }));
  const p50and95 = (name: MetricName) =>
    ['p50', 'p95'].map((statistic) => counted(name, PERIOD, {}, statistic).with({ label: statistic }));
  const { httpApi } = frontDoor;
  const section = (title: string, ...graphs: [title: string, metrics: IMetric[], kind?: 'stacked'][]) => [
    [new TextWidget({ markdown: `## ${title}`, width: WIDTH, height: 1 })],
    graphs.map(
      ([title, left, kind]) =>
        new GraphWidget({
          title,
          left,
          stacked: kind === 'stacked',
          width: Math.floor(WIDTH / graphs.length),
          height: 6,
          leftYAxis: { min: 0, showUnits: false },
        }),
    ),
  ];
  const queue = (name: 'recordings' | 'memos') => {
    const { queue, deadLetters } = queues[name];
    return section(
      `the queue ${name}`,
      [
        'messages',
        [
          queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, label: 'waiting' }),
          queue.metricApproximateNumberOfMessagesNotVisible({ period: PERIOD, label: 'in hand, or put off' }),
          deadLetters.metricNumberOfMessagesReceived({ period: PERIOD, statistic: 'Sum', label: 'given up' }),
        ],
      ],
      ['age of the oldest, seconds', [queue.metricApproximateAgeOfOldestMessage({ period: PERIOD, label: 'oldest' })]],
    );
  };
  const each = (metric: (lambda: Monitored['functions'][FunctionName]['lambda'], label: string) => IMetric) =>
    Object.entries(functions).map(([name, { lambda }]) => metric(lambda, name));

  return [
    ...section(
      'the front door',
      [
        'requests',
        [
          httpApi.metricCount({ period: PERIOD, statistic: 'Sum', label: 'all' }),
          httpApi.metricClientError({ period: PERIOD, statistic: 'Sum', label: '4xx' }),
          httpApi.metricServerError({ period: PERIOD, statistic: 'Sum', label: '5xx' }),
          frontDoor.throttled.with({ period: PERIOD, label: '429' }),
        ],
      ],
      [
        'answered within, ms',
        ['p50', 'p95'].map((statistic) => httpApi.metricLatency({ period: PERIOD, statistic, label: statistic })),
      ],
    ),
    ...section(
      'receive: events by source',
      ['accepted', bySource('EventsAccepted'), 'stacked'],
      ['ignored', bySource('EventsIgnored'), 'stacked'],
      ['refused', bySource('EventsRefused'), 'stacked'],
      ['unreadable', bySource('EventsUnreadable'), 'stacked'],
    ),
    ...queue('recordings'),
    ...section(
      'store',
      ['kept back', of('MemosUnrouted', 'MemosRejected')],
      ['made to fit within, ms', p50and95('MsToFit')],
      [
        'steps that failed, of any function',
        (['store', 'send', 'tend'] as const).map((service) =>
          counted('StepsFailed', PERIOD, { service }).with({ label: service }),
        ),
      ],
    ),
    ...queue('memos'),
    ...section(
      'send',
      [
        "Linq's answers",
        of('LinqTook', 'LinqRefused', 'LinqNotNow', 'LinqOurFault', 'LinqCannotFetch', 'LinqUnknown'),
        'stacked',
      ],
      ['Linq answered within, ms', p50and95('MsOfLinq')],
      ['from webhook to sent, ms', p50and95('MsToSent')],
    ),
    ...section(
      'receipts',
      ['of memos', of('MemosSent', 'MemosDelivered', 'MemosRead', 'DeliveriesFailed')],
      ['not taken', of('LinqEventsRefused', 'LinqEventsUnreadable')],
    ),
    ...section(
      'how memos end',
      [
        'a day',
        (['MemosSent', 'MemosSkipped', 'MemosFailed', 'MemosUnrouted', 'MemosRejected', 'MemosParked'] as const).map(
          (name) => counted(name, Duration.days(1)).with({ label: inWords(name) }),
        ),
        'stacked',
      ],
      ['want a person', of('MemosFailed', 'MemosUnrouted', 'MemosParked')],
    ),
    ...section(
      'the functions',
      ['errors', each((lambda, label) => lambda.metricErrors({ period: PERIOD, label }))],
      ['throttles', each((lambda, label) => lambda.metricThrottles({ period: PERIOD, label }))],
      [
        'run within, ms: p95',
        each((lambda, label) => lambda.metricDuration({ period: PERIOD, statistic: 'p95', label })),
      ],
      ['sweeps', of('Sweeps')],
    ),
  ];
};

/** `LinqNotNow` → `not now`, `MemosSent` → `sent`. */
const inWords = (name: MetricName): string =>
  name
    .replace(/^(Memos|Linq(?!Events))/, '')
    .replace(/(?<!^)([A-Z])/g, ' $1')
    .toLowerCase();
