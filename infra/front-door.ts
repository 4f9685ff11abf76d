import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  LogGroupLogDestination,
  type ThrottleSettings,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { AftercallFunction } from './lambda.ts';

export interface FrontDoorProps {
  /** Requests a second, and how many at once. An HTTP API sets no limit of its own below the account's. */
  throttle: Required<ThrottleSettings>;
}

/** The HTTP API that senders and people reach. Who they are, the functions check: by signature, or by key. */
export class FrontDoor extends Construct {
  /** Without a slash at its end. */
  readonly url: string;
  readonly httpApi: HttpApi;

  constructor(scope: Construct, id: string, { throttle }: FrontDoorProps) {
    super(scope, id);
    this.httpApi = new HttpApi(this, 'Api', { createDefaultStage: false });
    this.url = this.httpApi.apiEndpoint;
    const accessLog = new LogGroup(this, 'AccessLog', { retention: RetentionDays.ONE_MONTH });
    this.httpApi.addStage('Stage', {
      // A named stage would stand in every path, and in what senders sign.
      stageName: '$default',
      autoDeploy: true,
      throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(JSON.stringify(accessLogLine)),
      },
    });
  }

  /** Each function stands behind its routes; a source's handshake may be a GET. */
  opensTo({ hooks, rest }: { hooks: AftercallFunction; rest: AftercallFunction }): void {
    this.httpApi.addRoutes({
      // Greedy, so that a URL with a slash at its end reaches `receive` too, which answers and counts what is no hook.
      path: '/hooks/{proxy+}',
      methods: [HttpMethod.POST, HttpMethod.GET],
      integration: new HttpLambdaIntegration('Hooks', hooks.lambda),
    });
    new HttpRoute(this, 'Rest', {
      httpApi: this.httpApi,
      routeKey: HttpRouteKey.DEFAULT,
      integration: new HttpLambdaIntegration('Rest', rest.lambda),
    });
  }
}

/** The route, never the path: API Gateway decodes it, so that a query may be in it, and in the query telephone numbers. */
const accessLogLine = {
  at: '$context.requestTime',
  request: '$context.requestId',
  from: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  bytes: '$context.responseLength',
  ms: '$context.responseLatency',
  integrationMs: '$context.integrationLatency',
  integrationStatus: '$context.integrationStatus',
};
