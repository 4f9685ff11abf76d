import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  CfnStage,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  type HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, LogGroup, MetricFilter, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { NAMESPACE } from '../functions/core/observe/metrics.ts';
import { API_THROTTLE, type Domain, type Throttle } from '../functions/deployment.ts';
import type { AftercallFunction } from './lambda.ts';

export interface FrontDoorProps {
  /** A dimension of its metrics. */
  stage: string;
  /** Without it an HTTP API has only the account's limit. */
  throttle: Throttle;
  /** A host name besides the API's own. @default none */
  domain?: Domain;
}

/** The HTTP API for senders and people. The functions authenticate them, by signature or by key. */
export class FrontDoor extends Construct {
  /** Without a slash at its end. */
  readonly url: string;
  readonly httpApi: HttpApi;
  private readonly stage: HttpStage;
  private readonly throttle: Throttle;
  /** Requests that got a 429. The API's own metric counts them with every other 4xx. */
  readonly throttled: Metric;
  /** The DNS record that a person must make for the domain; undefined where none is needed. */
  readonly dnsRecord: string | undefined;

  constructor(scope: Construct, id: string, { stage: stageName, throttle, domain }: FrontDoorProps) {
    super(scope, id);
    this.httpApi = new HttpApi(this, 'Api', { createDefaultStage: false });
    this.url = this.httpApi.apiEndpoint;
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const stage = this.httpApi.addStage('Stage', {
      // A named stage would be a part of every path, and senders sign the path.
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttle.requestsPerSecond, burstLimit: throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify({ stage: stageName, ...accessLogLine })),
      },
    });
    new MetricFilter(this, 'Throttled', {
      logGroup: accessLog,
      // A function answers 429 to a sender that sends again after no other status. The throttle calls no function.
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.status', '=', '429'),
        FilterPattern.stringValue('$.integration', '!=', '200'),
      ),
      metricNamespace: NAMESPACE,
      metricName: THROTTLED,
      metricValue: '1',
      dimensions: { stage: '$.stage' },
    });
    this.stage = stage;
    this.throttle = throttle;
    const dimensionsMap = { stage: stageName };
    this.throttled = new Metric({ namespace: NAMESPACE, metricName: THROTTLED, dimensionsMap, statistic: Stats.SUM });
    this.dnsRecord = domain && this.bears(domain, stage);
  }

  /** Leads each route to its function. A source's handshake may be a GET. */
  opensTo({ hooks, rest }: { hooks: AftercallFunction; rest: AftercallFunction }): void {
    this.httpApi.addRoutes({
      // Greedy, so that a URL with a slash at its end reaches `receive` too. `receive` answers and counts wrong paths.
      path: '/hooks/{proxy+}',
      methods: [HttpMethod.POST, HttpMethod.GET],
      integration: new HttpLambdaIntegration('Hooks', hooks.lambda),
    });
    const integration = new HttpLambdaIntegration('Rest', rest.lambda);
    this.httpApi.addRoutes({ path: '/linq', methods: [HttpMethod.POST], integration });
    const others = new HttpRoute(this, 'Rest', { httpApi: this.httpApi, routeKey: HttpRouteKey.DEFAULT, integration });
    this.limits(others);
  }

  /** A route with its own settings has its own throttle. The stage depends on the route: else CloudFormation does not find the route. */
  private limits(route: HttpRoute): void {
    const stage = this.stage.node.defaultChild;
    if (!(stage instanceof CfnStage)) throw new Error('the stage is none of CloudFormation');
    const { requestsPerSecond, burst } = this.throttle;
    stage.routeSettings = {
      [HttpRouteKey.DEFAULT.key]: {
        ThrottlingRateLimit: Math.min(requestsPerSecond, API_THROTTLE.requestsPerSecond),
        ThrottlingBurstLimit: Math.min(burst, API_THROTTLE.burst),
      },
    };
    stage.node.addDependency(route);
  }

  /** @returns the DNS record that a person must make, where the stack has no Route 53 zone */
  private bears({ name, certificateArn, hostedZone }: Domain, stage: HttpStage): string | undefined {
    const domain = new DomainName(this, 'Domain', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new ApiMapping(this, 'Mapping', { api: this.httpApi, domainName: domain, stage });
    const { regionalDomainName, regionalHostedZoneId } = domain;
    if (!hostedZone) return `${name} CNAME ${regionalDomainName}`;
    new ARecord(this, 'Record', {
      zone: HostedZone.fromHostedZoneAttributes(this, 'Zone', {
        hostedZoneId: hostedZone.id,
        zoneName: hostedZone.name,
      }),
      recordName: `${name}.`, // the dot ends a whole name
      target: RecordTarget.fromAlias(new ApiGatewayv2DomainProperties(regionalDomainName, regionalHostedZoneId)),
    });
    return undefined;
  }
}

const THROTTLED = 'RequestsThrottled';

/** Logs the route and never the path: API Gateway decodes the path, so that a query with telephone numbers may be in it. */
const accessLogLine = {
  at: '$context.requestTime',
  request: '$context.requestId',
  from: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  integration: '$context.integration.status',
  bytes: '$context.responseLength',
  ms: '$context.responseLatency',
  integrationMs: '$context.integrationLatency',
  integrationStatus: '$context.integrationStatus',
};
