import { describe, expect, test } from 'vitest';
import { recordingSchema } from '../../functions/core/model/recording.ts';
import { amazonConnect } from '../../functions/sources/amazon-connect.ts';
import { loadObjectFixtures, objectSourceContract } from '../contracts/object-source.ts';

const INSTANCE = '11111111-2222-4333-8444-555555555555';
const instanceArn = `arn:aws:connect:eu-west-2:111122223333:instance/${INSTANCE}`;
const fixtures = loadObjectFixtures('amazon-connect');
const source = amazonConnect({ instanceArn });

objectSourceContract({
  source,
  fixtures,
  retries: [['recorded', 'recorded-again']],
  others: [
    ['recorded', 'another-layout'],
    ['another-layout', 'no-contact'],
  ],
});

const recordingOf = (name: string, of = source) => {
  const { bucket, object } = fixtures[name]?.event.detail ?? { bucket: { name: '' }, object: { key: '' } };
  const event = of.classifyObject?.({ bucket: bucket.name, ...object }, 'connect');
  if (event?.kind !== 'recordings') throw new Error(`${name} is ${event?.kind}`);
  return recordingSchema.parse(event.recordings[0]);
};

test('the part of a call before an agent is a recording where ivr is set', () => {
  const ivr = recordingOf('ivr', amazonConnect({ instanceArn, ivr: true }));
  const agent = recordingOf('recorded');
  expect(ivr.callId).toBe(agent.callId);
  expect(ivr.id).not.toBe(agent.id);
});

describe('who called whom', () => {
  const [customer, ours] = ['+12025550101', '+12025550199'];
  const endpoint = (Address: string, Type = 'TELEPHONE_NUMBER') => ({ Type, Address });
  // The fields and values of DescribeContact in the model of the API, version 2017-08-08.
  const contact = (InitiationMethod: string, more: object = {}) => ({
    Contact: {
      Id: 'a1b2c3d4-5e6f-4a1b-8c2d-3e4f5a6b7c8d',
      InitiationMethod,
      CustomerEndpoint: endpoint(customer),
      SystemEndpoint: endpoint(ours),
      ...more,
    },
  });
  const asked = (options: Partial<Parameters<typeof amazonConnect>[0]> = {}, name = 'recorded') =>
    amazonConnect({ instanceArn, ...options }).lookUpParties?.(recordingOf(name));

  test('is asked of DescribeContact, in the region of the instance, signed for connect', () => {
    const { url, aws, mayNameChat } = asked() ?? {};
    expect(url).toBe(
      `https://connect.eu-west-2.amazonaws.com/contacts/${INSTANCE}/a1b2c3d4-5e6f-4a1b-8c2d-3e4f5a6b7c8d`,
    );
    expect(aws).toEqual({ service: 'connect', region: 'eu-west-2' });
    expect(mayNameChat).toBeUndefined();
  });

  test.each([
    ['INBOUND', { from: customer, to: ours, direction: 'inbound' }],
    ['OUTBOUND', { from: ours, to: customer, direction: 'outbound' }],
    ['EXTERNAL_OUTBOUND', { from: ours, to: customer, direction: 'outbound' }],
    ['CALLBACK', { from: ours, to: customer, direction: 'outbound' }],
    ['API', { from: ours, to: customer, direction: 'outbound' }],
    ['TRANSFER', { from: customer, to: ours }],
    ['QUEUE_TRANSFER', { from: customer, to: ours }],
    ['A_NEW_METHOD', { from: customer, to: ours }],
  ])('of a contact that began by %s', (method, parties) => {
    expect(asked()?.read(contact(method))).toEqual(parties);
  });

  test('leaves out an endpoint that is no number, and one that is absent', () => {
    const flow = endpoint('arn:aws:connect:eu-west-2:111122223333:instance/1/contact-flow/2', 'CONTACT_FLOW');
    expect(asked()?.read(contact('INBOUND', { SystemEndpoint: flow }))).toEqual({
      from: customer,
      direction: 'inbound',
    });
    expect(asked()?.read(contact('INBOUND', { CustomerEndpoint: null }))).toEqual({ to: ours, direction: 'inbound' });
    expect(asked()?.read({ message: 'no such contact' })).toBeUndefined();
  });

  test('may name the chat, in the attribute that the configuration names', () => {
    const chat = '550e8400-e29b-41d4-a716-446655440000';
    const question = asked({ chatAttribute: 'memo_chat' });
    expect(question?.mayNameChat).toBe(true);
    expect(question?.read(contact('INBOUND', { Attributes: { memo_chat: chat } }))).toMatchObject({ chat });
    expect(question?.read(contact('INBOUND', { Attributes: { memo_chat: 'ann' } }))).not.toHaveProperty('chat');
    expect(asked()?.read(contact('INBOUND', { Attributes: { memo_chat: chat } }))).not.toHaveProperty('chat');
  });

  test('is not asked without an instance, nor of a file that names no contact', () => {
    expect(amazonConnect({}).lookUpParties?.(recordingOf('recorded'))).toBeUndefined();
    expect(asked({}, 'no-contact')).toBeUndefined();
  });
});

test('store needs one right of it, on the contacts of that instance', () => {
  expect(source.fetch.awsRights).toEqual([{ action: 'connect:DescribeContact', resource: `${instanceArn}/contact/*` }]);
  expect(amazonConnect({}).fetch.awsRights).toBeUndefined();
});

test('an instance ARN that is none is a mistake in the configuration', () => {
  expect(amazonConnect({ instanceArn: INSTANCE }).mistakes).toEqual([
    expect.stringContaining('instanceArn: must be arn:aws:connect:'),
  ]);
});
