import { describe, expect, test } from 'vitest';
import shipped from '../bridge.config.ts';
import { type Bridge, defineBridge } from '../functions/config.ts';
import { AftercallError } from '../functions/core/model/errors.ts';
import { deploymentOf, sourceBucketsOf } from '../functions/deployment.ts';

// What bridge.config.ts sets for a deployed stage.

const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/0b5e5f0c-1f3a-4b7e-9a47-d3a1c0f5e8aa';
const layer = (version: number) => `arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg:${version}`;
const domain = { name: 'calls.example.com', certificateArn, hostedZone: { id: 'Z0123456789ABC', name: 'example.com' } };

// A cast: some of these tests are about settings that the compiler would refuse.
const bridgeWith = (settings: unknown) => ({ sources: {}, routes: [], ...Object(settings) }) as Bridge;
const mistakesOf = (settings: unknown): string[] => {
  try {
    defineBridge(bridgeWith(settings));
  } catch (error) {
    if (error instanceof AftercallError && error.code === 'bad_configuration')
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.replace('  - ', ''));
    throw error;
  }
  return [];
};

describe('deploymentOf', () => {
  test('gives every default where nothing is said', () => {
    expect(deploymentOf(shipped, 'prod')).toEqual({
      concurrency: { store: 3, send: 3 },
      throttle: { requestsPerSecond: 500, burst: 1000 },
    });
  });

  test('gives a stage what is said of all stages, and its own before that', () => {
    const bridge = defineBridge(
      bridgeWith({
        concurrency: { receive: 50, store: 20 },
        throttle: { burst: 2000 },
        ffmpegLayerArn: layer(1),
        stages: {
          prod: { concurrency: { store: 40 }, publicUrl: 'https://hooks.example.com', ffmpegLayerArn: layer(2) },
        },
      }),
    );
    expect(deploymentOf(bridge, 'prod')).toEqual({
      publicUrl: 'https://hooks.example.com',
      concurrency: { receive: 50, store: 40, send: 3 },
      throttle: { requestsPerSecond: 500, burst: 2000 },
      ffmpegLayerArn: layer(2),
    });
    expect(deploymentOf(bridge, 'dev')).toEqual({
      concurrency: { receive: 50, store: 20, send: 3 },
      throttle: { requestsPerSecond: 500, burst: 2000 },
      ffmpegLayerArn: layer(1),
    });
  });

  test('takes the domain for the public URL, unless another is given', () => {
    const stages = {
      prod: { domain },
      dev: { domain: { ...domain, name: 'dev.example.com' }, publicUrl: 'https://x.dev' },
    };
    expect(mistakesOf({ stages })).toEqual([]);
    expect(deploymentOf({ stages }, 'prod')).toMatchObject({ domain, publicUrl: 'https://calls.example.com' });
    expect(deploymentOf({ stages }, 'dev')).toMatchObject({ publicUrl: 'https://x.dev' });
  });

  test('does not take for a stage what every object has', () => {
    expect(deploymentOf({ stages: {} }, 'constructor')).toEqual(deploymentOf({}, 'constructor'));
  });
});

test.each([
  [{ concurrency: { store: 1 } }, 'concurrency.store: must be a whole number from 2 to 1000'],
  [{ concurrency: { send: 1001 } }, 'concurrency.send: must be a whole number from 2 to 1000'],
  [{ concurrency: { send: 2.5 } }, 'concurrency.send: must be a whole number from 2 to 1000'],
  [{ concurrency: { receive: 0 } }, 'concurrency.receive: must be a whole number from 1 to 100000'],
  [{ concurrency: { tend: 3 } }, 'concurrency.tend: there is no such setting: did you mean send?'],
  [{ throttle: { requestsPerSecond: 0 } }, 'throttle.requestsPerSecond: must be a whole number from 1 to 100000'],
  [{ throttle: { burst: '9' } }, 'throttle.burst: must be a whole number from 1 to 100000'],
  [{ throttle: 9 }, 'throttle: Invalid input: expected object, received number'],
  [
    { ffmpegLayerArn: layer(1).replace(/:1$/, '') },
    "ffmpegLayerArn: must end in the layer's version, a number after the name",
  ],
  [{ ffmpegLayerArn: '' }, 'ffmpegLayerArn: must be arn:aws:lambda:<region>:<account>:layer:<name>:<version>'],
  [{ publicUrl: 'https://x.dev' }, 'publicUrl: belongs to one stage: stages: { prod: { publicUrl } }'],
  [{ domain }, 'domain: belongs to one stage: stages: { prod: { domain } }'],
  [{ retention: 30 }, 'retention: there is no such setting'],
  [{ stages: null }, 'stages: must be { <stage>: { … } }'],
  [
    { stages: { Prod: {} } },
    'stages.Prod: the name of a stage takes lower-case letters, digits and hyphens, a letter first, at most 31',
  ],
  [{ stages: { prod: { url: 'https://x.dev' } } }, 'stages.prod.url: there is no such setting'],
  [
    { stages: { prod: { concurrency: { store: 0 } } } },
    'stages.prod.concurrency.store: must be a whole number from 2 to 1000',
  ],
])('%j is refused in one line with its path', (settings, line) => {
  expect(mistakesOf(settings)).toEqual([line]);
});

test.each([
  'http://x.dev',
  'https://x.dev/',
  'https://x.dev/aftercall',
  'https://x.dev?a',
  'https://me@x.dev',
  'x.dev',
  '',
])('the public URL %j is refused: senders sign it, and its routes begin at the host', (publicUrl) => {
  expect(mistakesOf({ stages: { prod: { publicUrl } } })).toEqual([
    'stages.prod.publicUrl: must be https:// and a host, such as https://calls.example.com, without a path and without a slash at the end',
  ]);
});

test.each([
  [{ name: 'Calls.example.com' }, 'name: must be a host name in lower-case letters, such as calls.example.com'],
  [{ name: 'https://calls.example.com' }, 'name: must be a host name in lower-case letters, such as calls.example.com'],
  [{ name: `${'a'.repeat(60)}.example.com` }, 'name: may have at most 64 characters'],
  [
    { certificateArn: 'arn:aws:iam::123456789012:server-certificate/x' },
    'certificateArn: must be arn:aws:acm:<region>:<account>:certificate/<id>',
  ],
  [
    { hostedZone: { id: 'example.com', name: 'example.com' } },
    'hostedZone.id: must be the id of a Route 53 zone, such as Z0123456789ABC',
  ],
  [
    { hostedZone: { id: 'Z1', name: 'ample.com' } },
    'hostedZone.name: must be calls.example.com or one of its parent domains',
  ],
])('the domain with %j is refused', (changed, line) => {
  expect(mistakesOf({ stages: { prod: { domain: { ...domain, ...changed } } } })).toEqual([
    `stages.prod.domain.${line}`,
  ]);
});

test('two stages cannot have one address', () => {
  const prod = { domain, publicUrl: 'https://x.dev' };
  expect(mistakesOf({ stages: { prod, dev: prod } })).toEqual([
    'stages.dev.publicUrl: the stage prod has the same value',
    'stages.dev.domain.name: the stage prod has the same value',
  ]);
});

test('every mistake is named at once', () => {
  const bad = { concurrency: { store: 1, send: 1 }, stages: { prod: { publicUrl: 'x', throttle: { burst: 0 } } } };
  expect(mistakesOf(bad)).toHaveLength(4);
});

describe('buckets', () => {
  const bucket = { name: 'acme-calls', prefix: 'calls/' };

  test('may be named for all stages, and for one', () => {
    const bridge = defineBridge(bridgeWith({ buckets: [bucket], stages: { dev: { buckets: [] } } }));
    expect(deploymentOf(bridge, 'prod').buckets).toEqual([bucket]);
    expect(deploymentOf(bridge, 'dev').buckets).toEqual([]);
  });

  test('that name a source need one that takes objects', () => {
    const named = (source: string) => [{ ...bucket, source }];
    expect(mistakesOf({ buckets: named('nobody') })).toEqual(['buckets.0.source: there is no source nobody']);
    const { twilio } = shipped.sources;
    expect(mistakesOf({ sources: { twilio }, stages: { dev: { buckets: named('twilio') } } })).toEqual([
      'stages.dev.buckets.0.source: twilio takes webhooks, and no objects: leave source out',
    ]);
    expect(sourceBucketsOf(shipped, 'local').map(({ source }) => source)).toEqual(['s3-drop', 'amazon-connect']);
    expect(sourceBucketsOf(shipped, 'prod')).toEqual([]);
  });

  test.each([
    ['a wildcard, which IAM would read as one', { prefix: 'calls-*/' }, 'must have no *'],
    ['a variable of IAM', { prefix: 'calls-$x/' }, 'must have no *'],
    ['a prefix that takes in a neighbour', { prefix: 'calls' }, 'must end in a slash'],
    ['a prefix that leads out', { prefix: 'calls/../' }, 'must have no .'],
    ['no prefix', { prefix: undefined }, 'prefix'],
    ['a name that is none', { name: 'acme_calls/*' }, 'name of an S3 bucket'],
    ['a region that is none', { region: 'Ireland' }, 'AWS region'],
    ['an account that is none', { account: '12345' }, '12 digits'],
    ['an alias in place of a key', { kmsKeyArn: 'alias/calls' }, 'arn:aws:kms'],
  ])('are refused with %s', (_title, changed, mistake) => {
    expect(mistakesOf({ buckets: [{ ...bucket, ...changed }] }).join()).toContain(mistake);
  });
});

test('payloads are kept only where a stage, or the bridge for all its stages, says so', () => {
  const inspects = (bridge: Parameters<typeof deploymentOf>[0]) => deploymentOf(bridge, 'prod').inspect === true;
  expect(inspects({})).toBe(false);
  expect(inspects({ inspect: true })).toBe(true);
  expect(inspects({ stages: { local: { inspect: true } } })).toBe(false);
  expect(inspects({ inspect: true, stages: { prod: { inspect: false } } })).toBe(false);
});
