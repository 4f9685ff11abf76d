import { describe, expect, test } from 'vitest';
import { alarms, all, bridge, kindOf, type Properties, template, watching } from './alarms-of.ts';

describe('without an address', () => {
  test('alarms are there, and tell nobody', () => {
    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.resourceCountIs('AWS::KMS::Key', 0);
    expect(alarms.length).toBeGreaterThan(20);
    for (const alarm of alarms) expect(alarm).not.toHaveProperty('AlarmActions');
  });

  test('the deploy says so', () => {
    expect(bridge.outputs).toContainEqual(expect.stringMatching(/^nobody: .*alarms: \{ email \}/));
  });
});

describe('with an address', () => {
  const { template, outputs } = watching;
  const [[topicId] = []] = Object.entries(template.findResources('AWS::SNS::Topic'));
  const [[keyId, key] = []] = Object.entries(template.findResources('AWS::KMS::Key'));
  const fromHere = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };

  test('an e-mail is sent there, and the deploy says what is left to do', () => {
    expect(all('AWS::SNS::Subscription', template)).toMatchObject([
      { Protocol: 'email', Endpoint: 'ops@example.com', TopicArn: { Ref: topicId } },
    ]);
    expect(outputs).toContainEqual(expect.stringMatching(/^ops@example\.com, once .*link/));
  });

  test('every alarm tells the topic, and says too when what goes on has been fixed', () => {
    const each = all('AWS::CloudWatch::Alarm', template);
    for (const alarm of each) expect(alarm.AlarmActions).toEqual([{ Ref: topicId }]);
    const tellsTheEnd = each.filter(({ OKActions }) => OKActions).map(({ AlarmName }) => kindOf(AlarmName));
    expect([...new Set(tellsTheEnd)].sort()).toEqual(
      [
        'rate-limited',
        'refused',
        'silent',
        'oldest-message',
        'steps-failing',
        'leases-failing',
        'later-version',
        'linq-refuses-us',
        'receipts-refused',
        'no-sweep',
      ].sort(),
    );
  });

  test('CloudWatch of this account may publish, nobody without TLS, and no other service', () => {
    const [policy] = all('AWS::SNS::TopicPolicy', template);
    const statements: Properties[] = policy?.PolicyDocument.Statement;
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Resource: { Ref: topicId },
        Condition: fromHere,
      }),
    ]);
    expect(statements.filter(({ Effect }) => Effect === 'Deny')).toMatchObject([
      { Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]);
  });

  test('the topic is encrypted with a key that lets CloudWatch in, as the one of SNS does not', () => {
    expect(all('AWS::SNS::Topic', template)).toMatchObject([{ KmsMasterKeyId: { 'Fn::GetAtt': [keyId, 'Arn'] } }]);
    expect(key?.Properties.EnableKeyRotation).toBe(true);
    expect(key?.Properties.KeyPolicy.Statement).toContainEqual({
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Condition: fromHere,
    });
  });
});
