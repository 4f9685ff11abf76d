import { expect, test } from 'vitest';
import { snakeCase } from '../../functions/http/snake-case.ts';

test('every key becomes snake_case, at every depth, and no value changes', () => {
  const row = {
    createdAt: 'aB',
    audio: { sampleRate: 8000, notes: ['keptAsIs'] },
    history: [{ traceId: 'tX', at: null }],
  };
  expect(snakeCase(row)).toEqual({
    created_at: 'aB',
    audio: { sample_rate: 8000, notes: ['keptAsIs'] },
    history: [{ trace_id: 'tX', at: null }],
  });
});

test('a key that is snake_case already stays as it is', () => {
  expect(snakeCase({ looked_through: 1, id: 2 })).toEqual({ looked_through: 1, id: 2 });
});
