import { describe, expect, test } from 'vitest';
import { METRICS } from '../../functions/core/observe/metrics.ts';
import { alarms, all, bridge, type Properties, say, watching } from './alarms-of.ts';

describe('the dashboard', () => {
  const [board, ...others] = all('AWS::CloudWatch::Dashboard');
  const body: { widgets: Properties[] } = JSON.parse(say(board?.DashboardBody));

  test('is one, named after its stage, and the deploy says where', () => {
    expect(others).toEqual([]);
    expect(board?.DashboardName).toBe('aftercall-test');
    expect(bridge.outputs).toContainEqual(expect.stringMatching(/#dashboards\/dashboard\/aftercall-test$/));
  });

  test('has every alarm at its top', () => {
    const [first] = body.widgets;
    expect(first).toMatchObject({ type: 'alarm', x: 0, y: 0, width: 24 });
    expect(first?.properties.alarms).toHaveLength(alarms.length);
  });

  test('reads from top to bottom as the path', () => {
    const titles = body.widgets.filter(({ type }) => type === 'text').sort((a, b) => a.y - b.y);
    expect(titles.map(({ properties }) => properties.markdown)).toEqual([
      ...['## the front door', '## receive: events by source', '## the queue recordings', '## store'],
      ...['## the queue memos', '## send', '## receipts', '## how memos end', '## the functions'],
    ]);
  });

  test('fits the page, and no graph is empty', () => {
    for (const { x, width, type, properties } of body.widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      if (type === 'metric') expect(properties.metrics.length).toBeGreaterThan(0);
    }
  });

  test('or an alarm shows each metric that is counted', () => {
    const shown = JSON.stringify(body) + JSON.stringify(all('AWS::CloudWatch::Alarm', watching.template));
    expect(Object.keys(METRICS).filter((name) => !shown.includes(`"${name}"`))).toEqual([]);
  });
});
