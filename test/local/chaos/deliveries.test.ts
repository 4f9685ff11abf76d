import { expect, test } from 'vitest';
import bridge from '../../../bridge.config.ts';
import { deliveriesOf } from '../../../local/chaos/deliveries.ts';

test('every source of the configuration has a sender, whose secrets can all stand together', async () => {
  const { each, usual, secretsWith, rotates } = await deliveriesOf(bridge, 'all');
  expect(each.map(({ source }) => source)).toEqual(Object.keys(bridge.sources));
  expect([usual.source, rotates]).toEqual(['standard-webhooks', true]);
  const names = each.flatMap((delivery) => Object.keys(delivery.secretsWith(undefined, 'http://127.0.0.1:1')));
  expect(Object.keys(secretsWith(undefined, 'http://127.0.0.1:1')).sort()).toEqual(names.sort());
  const where = Object.groupBy(each, ({ audio }) => audio);
  expect(where['in a bucket']?.map(({ source }) => source)).toEqual(['amazon-connect', 's3-drop']);
  expect(where['in the event']?.map(({ source }) => source)).toEqual(['elevenlabs']);
});

test('one source whose recordings have no URL sends its calls, and the usual sender those of the matrix', async () => {
  const { each, usual, find } = await deliveriesOf(bridge, 's3-drop');
  expect([each.map(({ source }) => source), usual.source]).toEqual([['s3-drop'], 'standard-webhooks']);
  const [drop] = each;
  const chat = '550e8400-e29b-41d4-a716-446655440000';
  const made = find('s3-drop').make({
    hookUrl: `http://127.0.0.1/hooks/s3-drop?chat=${chat}`,
    recordingUrl: 'http://127.0.0.1/r',
    id: '0'.repeat(32),
    audio: () => Buffer.alloc(0),
  });
  expect('object' in made && drop?.memoOf(made.object, chat)).toMatch(/^m_[a-z2-7]{26}$/);
});
