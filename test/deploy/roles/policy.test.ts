import { describe, expect, test } from 'vitest';
import { isAllowed, type Statement, statementsOf } from './policy.ts';

const statement = (over: Partial<Statement> = {}): Statement => ({
  effect: 'Allow',
  actions: ['s3:GetObject'],
  resources: ['arn:aws:s3:::bucket/audio/*'],
  ...over,
});

describe('the evaluator', () => {
  test.each([
    ['what a statement names', 's3:GetObject', 'arn:aws:s3:::bucket/audio/m_a/1.mp3', true],
    ['an action in other capitals', 'S3:getobject', 'arn:aws:s3:::bucket/audio/x', true],
    ['another action', 's3:PutObject', 'arn:aws:s3:::bucket/audio/x', false],
    ['another prefix', 's3:GetObject', 'arn:aws:s3:::bucket/inbox/x', false],
    ['another bucket that begins so', 's3:GetObject', 'arn:aws:s3:::bucket2/audio/x', false],
    ['the prefix inside a key', 's3:GetObject', 'arn:aws:s3:::bucket/inbox/audio/x', false],
    ['a resource in other capitals', 's3:GetObject', 'arn:aws:s3:::bucket/Audio/x', false],
  ])('%s', (_, action, resource, allowed) => {
    expect(isAllowed([statement()], action, resource)).toBe(allowed);
  });

  test.each([
    [['s3:*'], true],
    [['*'], true],
    [['s3:Get*'], true],
    [['s3:GetObjec?'], true],
    [['s3:Put*', 'sqs:*'], false],
    [['s3.GetObject'], false],
  ])('the actions %j', (actions, allowed) => {
    expect(isAllowed([statement({ actions })], 's3:GetObject', 'arn:aws:s3:::bucket/audio/x')).toBe(allowed);
  });

  test('a Deny wins over every Allow, wherever it stands', () => {
    const deny = statement({ effect: 'Deny', actions: ['s3:*'], resources: ['*'] });
    for (const statements of [
      [deny, statement()],
      [statement(), deny],
    ])
      expect(isAllowed(statements, 's3:GetObject', 'arn:aws:s3:::bucket/audio/x')).toBe(false);
  });

  test('nothing is allowed where nothing is said', () => {
    expect(isAllowed([], 's3:GetObject', 'arn:aws:s3:::bucket/audio/x')).toBe(false);
  });

  test.each(['Condition', 'NotAction', 'NotResource', 'Principal'])('does not judge a policy with %s', (element) => {
    const document = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', [element]: {} }] };
    expect(() => statementsOf(document)).toThrow(element);
  });
});
