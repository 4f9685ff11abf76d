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
import { type Monitored, steppingIn } from './alarms.ts';
import { countedAt } from './counted.ts';
import type { FunctionName } from './secrets.ts';

const PERIOD = Duration.minutes(5);
const WIDTH = 24;

/** One dashboard in the order of the path: the alarms, then what comes in, what waits, what goes out, and how memos end. */
export class PathDashboard extends Construct {
  /** In AWS's console. */
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

/** CloudWatch allows a hundred alarms in a widget. */
const ALARMS_IN_A_WIDGET = 100;

const alarmWidgets = (alarms: Alarm[]): IWidget[][] =>
  Array.from({ length: Math.ceil(alarms.length / ALARMS_IN_A_WIDGET) }, (_, index) => [
    new AlarmStatusWidget({
      title: 'Alarms: docs/alarms.md says what to do about each',
      alarms: alarms.slice(index * ALARMS_IN_A_WIDGET, (index + 1) * ALARMS_IN_A_WIDGET),
      width: WIDTH,
      height: 6,
    }),
  ]);

const sections = (monitored: Monitored): IWidget[][] => {
  const { stage, sources, frontDoor, functions, queues, drops } = monitored;
  const metrics = metricsOf(stage);
  return [
    ...frontDoorSection(frontDoor),
    ...eventsSection(metrics, Object.keys(sources)),
    // Nobody receives these dead letters, so the waiting ones are shown.
    ...(drops ? queueSection('drops', drops, waitingIn(drops)) : []),
    ...queueSection('recordings', queues.recordings),
    ...storeSection(metrics, steppingIn(monitored)),
    ...queueSection('memos', queues.memos),
    ...sendSections(metrics),
    ...endsSection(metrics),
    ...functionsSection(metrics, functions),
  ];
};

type Graph = [title: string, metrics: IMetric[], kind?: 'stacked'];

const section = (title: string, ...graphs: Graph[]): IWidget[][] => [
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

/** The stage's own metrics, as graphs show them. */
const metricsOf = (stage: string) => {
  const counted = countedAt(stage);
  return {
    counted,
    of: (...names: MetricName[]) => names.map((name) => counted(name, PERIOD).with({ label: inWords(name) })),
    p50and95: (name: MetricName) =>
      ['p50', 'p95'].map((statistic) => counted(name, PERIOD, {}, statistic).with({ label: statistic })),
  };
};
type Metrics = ReturnType<typeof metricsOf>;

const frontDoorSection = ({ httpApi, throttled }: Monitored['frontDoor']): IWidget[][] =>
  section(
    'the front door',
    [
      'requests',
      [
        httpApi.metricCount({ period: PERIOD, statistic: 'Sum', label: 'all' }),
        httpApi.metricClientError({ period: PERIOD, statistic: 'Sum', label: '4xx' }),
        httpApi.metricServerError({ period: PERIOD, statistic: 'Sum', label: '5xx' }),
        throttled.with({ period: PERIOD, label: '429' }),
      ],
    ],
    [
      'answered within, ms',
      ['p50', 'p95'].map((statistic) => httpApi.metricLatency({ period: PERIOD, statistic, label: statistic })),
    ],
  );

const eventsSection = ({ counted }: Metrics, sources: readonly string[]): IWidget[][] => {
  const bySource = (name: MetricName) =>
    sources.map((source) => counted(name, PERIOD, { source }).with({ label: source }));
  return section(
    'receive: events by source',
    ['accepted', bySource('EventsAccepted'), 'stacked'],
    ['ignored', bySource('EventsIgnored'), 'stacked'],
    ['refused', bySource('EventsRefused'), 'stacked'],
    ['unreadable', bySource('EventsUnreadable'), 'stacked'],
  );
};

type Queues = Monitored['queues']['memos'];

const DEAD_LETTERS = { period: PERIOD, label: 'dead letters' };
const receivedFrom = ({ deadLetters }: Queues): IMetric =>
  deadLetters.metricNumberOfMessagesReceived({ ...DEAD_LETTERS, statistic: 'Sum' });
const waitingIn = ({ deadLetters }: Queues): IMetric =>
  deadLetters.metricApproximateNumberOfMessagesVisible({ ...DEAD_LETTERS, statistic: 'Maximum' });

const queueSection = (name: string, queues: Queues, deadLetters = receivedFrom(queues)): IWidget[][] =>
  section(
    `the queue ${name}`,
    [
      'messages',
      [
        queues.queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, label: 'waiting' }),
        queues.queue.metricApproximateNumberOfMessagesNotVisible({ period: PERIOD, label: 'in hand, or delayed' }),
        deadLetters,
      ],
    ],
    [
      'age of the oldest, seconds',
      [queues.queue.metricApproximateAgeOfOldestMessage({ period: PERIOD, label: 'oldest' })],
    ],
  );

const storeSection = ({ counted, of, p50and95 }: Metrics, stepping: readonly FunctionName[]): IWidget[][] =>
  section(
    'store',
    ['not sent', of('MemosUnrouted', 'MemosRejected')],
    ['fitted within, ms', p50and95('MsToFit')],
    [
      'steps that failed',
      stepping.map((service) => counted('StepsFailed', PERIOD, { service }).with({ label: service })),
    ],
  );

const sendSections = ({ of, p50and95 }: Metrics): IWidget[][] => [
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
    ['refused', of('LinqEventsRefused', 'LinqEventsUnreadable')],
  ),
];

const ENDS = [
  'MemosSent',
  'MemosSkipped',
  'MemosFailed',
  'MemosUnrouted',
  'MemosRejected',
  'MemosParked',
] as const satisfies MetricName[];

const endsSection = ({ counted, of }: Metrics): IWidget[][] =>
  section(
    'how memos end',
    ['a day', ENDS.map((name) => counted(name, Duration.days(1)).with({ label: inWords(name) })), 'stacked'],
    ['waiting for a person', of('MemosFailed', 'MemosUnrouted', 'MemosParked')],
  );

const functionsSection = ({ of }: Metrics, functions: Monitored['functions']): IWidget[][] => {
  const each = (metric: (lambda: Monitored['functions'][FunctionName]['lambda'], label: string) => IMetric) =>
    Object.entries(functions).map(([name, { lambda }]) => metric(lambda, name));
  return section(
    'the functions',
    ['errors', each((lambda, label) => lambda.metricErrors({ period: PERIOD, label }))],
    ['throttles', each((lambda, label) => lambda.metricThrottles({ period: PERIOD, label }))],
    [
      'run within, ms: p95',
      each((lambda, label) => lambda.metricDuration({ period: PERIOD, statistic: 'p95', label })),
    ],
    ['sweeps', of('Sweeps')],
  );
};

/** `LinqNotNow` → `not now`, `MemosSent` → `sent`. */
const inWords = (name: MetricName): string =>
  name
    .replace(/^(Memos|Linq(?!Events))/, '')
    .replace(/(?<!^)([A-Z])/g, ' $1')
    .toLowerCase();
