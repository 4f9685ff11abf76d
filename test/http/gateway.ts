import type { LambdaEvent } from 'hono/aws-lambda';
import type { WebhookRequest } from '../../functions/core/ports/source.ts';

type GatewayEvent = Extract<LambdaEvent, { rawPath: string }>;

/** What API Gateway's HTTP API gives to a function: the query as sent, text as text, other bodies in base64. */
export const gatewayEvent = ({ method, url, headers, body }: WebhookRequest, base64: boolean): GatewayEvent => {
  const [, rawPath = '', rawQueryString = ''] = /^https:\/\/[^/]+([^?]*)\??(.*)$/.exec(url) ?? [];
  const bytes = Buffer.from(body);
  return {
    version: '2.0',
    routeKey: `${method} /hooks/{source}`,
    rawPath,
    rawQueryString,
    headers,
    body: bytes.length > 0 ? bytes.toString(base64 ? 'base64' : 'utf8') : null,
    isBase64Encoded: base64,
    requestContext: {
      accountId: '123456789012',
      apiId: 'abc',
      authentication: null,
      authorizer: {},
      domainName: 'abc.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'abc',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'TwilioProxy/1.1' },
      requestId: 'id',
      routeKey: `${method} /hooks/{source}`,
      stage: '$default',
      time: '25/Jul/2026:17:20:00 +0000',
      timeEpoch: 1785000000000,
    },
  };
};
