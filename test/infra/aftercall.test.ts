import { Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { functionNames, synthesise } from './synthesised.ts';

const { template, aftercall, find, say, refusesPlainHttp, outputs, other } = synthesise({
  publicUrl: 'https://calls.example.com',
  throttle: { requestsPerSecond: 7, burst: 9 },
  concurrency: { receive: 20, store: 2, send: 4 },
  retentionDays: 28,
  ffmpegLayerArn: 'arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg:3',
});

describe('the front door', () => {
  const stageOf = (from: typeof template) => {
    const [stage, ...others] = Object.values(from.findResources('AWS::ApiGatewayV2::Stage'));
    expect(others).toEqual([]);
    return stage?.Properties;
  };

  test('leads hooks to receive and all else to api', () => {
    const integrations = template.findResources('AWS::ApiGatewayV2::Integration');
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => {
      const integration = integrations[Properties.Target['Fn::Join'][1][1].Ref];
      return [
        Properties.RouteKey,
        say(integration?.Properties.IntegrationUri),
        integration?.Properties.PayloadFormatVersion,
      ];
    });
    expect(routes.sort()).toEqual([
      ['$default', 'api', '2.0'],
      ['GET /hooks/{proxy+}', 'receive', '2.0'],
      ['POST /hooks/{proxy+}', 'receive', '2.0'],
      ['POST /linq', 'api', '2.0'],
    ]);
  });

  test('lets in 500 requests a second, 1000 at once', () => {
    expect(stageOf(template)).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
    });
  });

  test('lets in as many as it is told', () => {
    expect(stageOf(other.template).DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 });
  });

  test('gives what anybody may ask a measure of its own, so that a flood there takes nothing from hooks and receipts', () => {
    const [[id, { Properties: stage, DependsOn }] = ['', { Properties: {} }]] = Object.entries(
      template.findResources('AWS::ApiGatewayV2::Stage'),
    );
    expect(id).not.toBe('');
    expect(stage.RouteSettings).toEqual({ $default: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 50 } });
    // AWS can make a stage whose settings name a route only after that route.
    const routes = template.findResources('AWS::ApiGatewayV2::Route', { Properties: { RouteKey: '$default' } });
    expect([DependsOn].flat()).toEqual(expect.arrayContaining(Object.keys(routes)));
    expect(Object.keys(routes)).toHaveLength(1);
    expect(stageOf(other.template).RouteSettings.$default.ThrottlingRateLimit).toBe(7);
  });

  test('logs each request as JSON, with nothing of its path, query or headers', () => {
    const format: string = stageOf(template).AccessLogSettings.Format;
    expect(JSON.parse(format)).toMatchObject({ route: '$context.routeKey', status: '$context.status' });
    expect(format).not.toMatch(/path|query|request\.|header|authorizer|error/i);
  });

  test('writes its address where the command looks for it', () => {
    const written = (from: typeof template, name: string) =>
      Object.values(from.findResources('AWS::SSM::Parameter'))
        .map(({ Properties }) => Properties)
        .filter(({ Name }) => Name === name);
    const [parameter, ...others] = written(template, '/aftercall/test/URL');
    expect(others).toEqual([]);
    expect(parameter?.Type).toBe('String');
    expect(say(parameter?.Value)).toMatch(/^<\w+\.ApiEndpoint>$/);
    expect(written(other.template, '/aftercall/other/URL')).toMatchObject([{ Value: 'https://calls.example.com' }]);
  });

  /** Leaves out the outputs about alarms and the dashboard: alarms.test.ts checks those. */
  const addresses = (said: string[]) => said.filter((output) => !/^nobody|dashboards/.test(output)).sort();

  test('says its own address, and the hook URL of each source', () => {
    const base = outputs.find((output) => /^<\w+\.ApiEndpoint>$/.test(output));
    expect(addresses(outputs)).toEqual([base, `${base}/hooks/standard-webhooks`, `${base}/hooks/twilio`].sort());
  });

  test('says the hook URLs of sources whose names differ by a hyphen alone', () => {
    const alike = ['my-pbx', 'my_pbx', 'mypbx', 'my-pbx-', 'myhpbx', 'my--pbx'];
    const named = Object.fromEntries(alike.map((name) => [name, { secrets: [], fetch: {} }]));
    const { outputs } = synthesise({ sources: named, publicUrl: 'https://calls.example.com' }).other;
    const urls = outputs.filter((output) => output.includes('/hooks/'));
    expect(urls.sort()).toEqual(alike.map((name) => `https://calls.example.com/hooks/${name}`).sort());
  });

  test('says the address that the senders were given, where it has another', () => {
    expect(addresses(other.outputs)).toEqual([
      'https://calls.example.com',
      'https://calls.example.com/hooks/standard-webhooks',
      'https://calls.example.com/hooks/twilio',
    ]);
  });

  test.each(['receive', 'api'])('tells %s the address that the senders were given', (name) => {
    const { Variables } = other.find('AWS::Lambda::Function', name).Properties.Environment;
    expect(Variables.PUBLIC_URL).toBe('https://calls.example.com');
  });
});

describe('the bucket', () => {
  const { Properties: bucket } = find('AWS::S3::Bucket', 'bucket');
  const rules = (properties: typeof bucket): Record<string, unknown>[] => properties.LifecycleConfiguration.Rules;

  test('is closed to the public, and its owner owns what is in it', () => {
    expect(bucket.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(bucket.OwnershipControls.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  });

  test('is encrypted by S3, and speaks TLS only', () => {
    expect(JSON.stringify(bucket.BucketEncryption)).toContain('"SSEAlgorithm":"AES256"');
    expect(refusesPlainHttp('AWS::S3::BucketPolicy', 'bucket')).toBe(true);
  });

  test.each(['inbox/', 'audio/'])('forgets what is under %s after 30 days', (prefix) => {
    expect(rules(bucket)).toContainEqual(
      expect.objectContaining({ Prefix: prefix, ExpirationInDays: 30, Status: 'Enabled' }),
    );
  });

  test('drops uploads that were not finished within a day', () => {
    expect(rules(bucket)).toContainEqual(
      expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }),
    );
  });

  test('may forget after 28 days', () => {
    const expiries = rules(other.find('AWS::S3::Bucket', 'bucket').Properties).flatMap(
      (rule) => rule.ExpirationInDays ?? [],
    );
    expect(expiries).toEqual([28, 28]);
  });

  test.each(['send', 'api', 'tend'])('and what %s writes into the ledger lives as long as audio does', (name) => {
    const daysOf = (from: typeof find) => from('AWS::Lambda::Function', name).Properties.Environment.Variables;
    expect(daysOf(find)).toMatchObject({ RETENTION_DAYS: '30' });
    expect(daysOf(other.find)).toMatchObject({ RETENTION_DAYS: '28' });
  });
});

describe('the ledger', () => {
  const { Properties: table } = find('AWS::DynamoDB::GlobalTable', 'ledger');

  test('is keyed by pk, paid by use, and lets rows expire', () => {
    expect(table.KeySchema).toEqual([{ AttributeName: 'pk', KeyType: 'HASH' }]);
    expect(table.BillingMode).toBe('PAY_PER_REQUEST');
    expect(table.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true });
  });

  test('can be brought back to any second', () => {
    expect(table.Replicas).toHaveLength(1);
    expect(table.Replicas[0].PointInTimeRecoverySpecification).toMatchObject({ PointInTimeRecoveryEnabled: true });
  });

  test.each([
    ['newest', 'listed', 'at'],
    ['by-call', 'call', 'at'],
    ['by-source', 'source', 'at'],
    ['by-state', 'stateGroup', 'at'],
    ['due', 'listed', 'dueKey'],
  ])('has the index %s: every attribute, by %s, sorted by %s', (IndexName, partitionKey, sortKey) => {
    expect(table.GlobalSecondaryIndexes).toContainEqual(
      expect.objectContaining({
        IndexName,
        KeySchema: [
          { AttributeName: partitionKey, KeyType: 'HASH' },
          { AttributeName: sortKey, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      }),
    );
  });

  test('has keys of strings only', () => {
    expect(new Set(table.AttributeDefinitions.map((key: { AttributeType: string }) => key.AttributeType))).toEqual(
      new Set(['S']),
    );
  });
});

test.each([
  ['AWS::SQS::Queue', 'recordings'],
  ['AWS::SQS::Queue', 'dead recordings'],
  ['AWS::SQS::Queue', 'memos'],
  ['AWS::SQS::Queue', 'dead memos'],
  ['AWS::S3::Bucket', 'bucket'],
  ['AWS::DynamoDB::GlobalTable', 'ledger'],
])('the %s %s outlives the stack, unless its first deploy fails', (type, name) => {
  expect(find(type, name)).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
});

test('what outlives the stack needs nothing that does not, so that a new stack can import it', () => {
  const all: Record<string, { Type: string; DeletionPolicy?: string }> = template.toJSON().Resources;
  const kept = Object.entries(all).filter(
    ([, { Type, DeletionPolicy }]) => DeletionPolicy === 'RetainExceptOnCreate' && Type !== 'AWS::Logs::LogGroup',
  );
  expect(kept).toHaveLength(6);
  const ids = kept.map(([id]) => id);
  for (const [, resource] of kept) {
    const named = [...JSON.stringify(resource).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(expect.arrayContaining(named.filter((id) => !id?.startsWith('AWS::'))));
    expect(resource).not.toHaveProperty('DependsOn');
  }
});

test('receive can be given a concurrency of its own', () => {
  const { ReservedConcurrentExecutions } = other.find('AWS::Lambda::Function', 'receive').Properties;
  expect(ReservedConcurrentExecutions).toBe(20);
});

test('how many recordings are fetched, and memos sent, at once can be set', () => {
  const caps = Object.values(other.template.findResources('AWS::Lambda::EventSourceMapping')).map(
    ({ Properties }) => `${other.say(Properties.EventSourceArn)} ${Properties.ScalingConfig?.MaximumConcurrency}`,
  );
  expect(caps.sort()).toEqual(['dead memos 2', 'dead recordings 2', 'memos 4', 'recordings 2']);
});

describe('the ffmpeg layer', () => {
  const lambdas = (from: Pick<typeof other, 'find'>) =>
    functionNames.map((name) => ({ name, ...from.find('AWS::Lambda::Function', name).Properties }));

  test('is given to store alone, with 2 GiB for the file that ffmpeg seeks in', () => {
    const given = lambdas(other).filter(({ Layers, EphemeralStorage }) => Layers || EphemeralStorage);
    expect(given).toMatchObject([
      {
        name: 'store',
        Layers: ['arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg:3'],
        EphemeralStorage: { Size: 2048 },
      },
    ]);
  });

  test('is on no function that was not given one, and Lambda gives its own 512 MiB', () => {
    for (const lambda of lambdas({ find })) {
      expect(lambda).not.toHaveProperty('Layers');
      expect(lambda).not.toHaveProperty('EphemeralStorage');
    }
  });

  test.each([
    'arn:aws-us-gov:lambda:us-gov-west-1:123456789012:layer:aftercall-ffmpeg:12',
    'arn:aws-cn:lambda:cn-north-1:123456789012:layer:my_Ffmpeg:1',
  ])('may be %s', (ffmpegLayerArn) => {
    const { Layers } = synthesise({ ffmpegLayerArn }).other.find('AWS::Lambda::Function', 'store').Properties;
    expect(Layers).toEqual([ffmpegLayerArn]);
  });
});

test('every log group forgets after a month', () => {
  const groups = Object.values(template.findResources('AWS::Logs::LogGroup'));
  expect(groups).toHaveLength(6);
  for (const { Properties } of groups) expect(Properties.RetentionInDays).toBe(RetentionDays.ONE_MONTH);
});

test('nothing is bound to one account or region', () => {
  expect(Stack.of(aftercall).environment).toBe('aws://unknown-account/unknown-region');
});
