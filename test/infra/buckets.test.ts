import { beforeAll, describe, expect, test } from 'vitest';
import bridge from '../../bridge.config.ts';
import { addBridge } from '../../infra/bridge-app.ts';
import { functionNames, makeApp, synthesise } from './synthesised.ts';

const kmsKeyArn = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const buckets = [
  { name: 'acme-calls', prefix: 'calls/', kmsKeyArn },
  { name: 'other-calls', prefix: '' },
];
const { rightsOf, other } = synthesise({ buckets });

describe('recordings in buckets of the user', () => {
  test('are readable by store alone: the objects below each prefix, the key that is named, and nothing else', () => {
    const before = new Set(rightsOf('store'));
    const more = other.rightsOf('store').filter((right) => !before.has(right) && !right.includes('/aftercall/other/'));
    expect(more).toEqual([
      `kms:Decrypt on ${kmsKeyArn}`,
      's3:GetObject on arn:<AWS::Partition>:s3:::acme-calls/calls/*',
      's3:GetObject on arn:<AWS::Partition>:s3:::other-calls/*',
    ]);
    for (const name of functionNames.filter((each) => each !== 'store'))
      expect(other.rightsOf(name).filter((right) => /acme-calls|other-calls|kms:/.test(right))).toEqual([]);
  });

  test('need no right where none are configured', () => {
    expect(rightsOf('store').filter((right) => right.includes('s3:::') || right.includes('kms:'))).toEqual([]);
  });

  describe('in a synth', () => {
    let said = 'the synth went through';
    beforeAll(() => {
      const app = makeApp();
      addBridge(app, { ...bridge, buckets }, 'nag');
      try {
        app.synth();
      } catch (error) {
        said = String(error);
      }
    }, 180_000);

    test('break no rule of cdk-nag', () => {
      expect(said).toBe('the synth went through');
    });
  });
});
