import { existsSync, readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import bridge from '../bridge.config.ts';
import { withHook } from '../functions/config.ts';
import { sourceBucketsOf } from '../functions/deployment.ts';
import { AftercallStack } from '../infra/stack.ts';
import { running } from './cli/running.ts';
import { makeApp } from './infra/synthesised.ts';

// One list of the sources, from the configuration, and each place that must know all of them.

const names = Object.keys(bridge.sources);
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const letters = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

const { sources } = bridge;
const alarms = { silentAfterHours: Object.fromEntries(names.map((name) => [name, 12])) };
const buckets = sourceBucketsOf(bridge, 'local');
const template = Template.fromStack(
  new AftercallStack(makeApp(), 'Aftercall-all', { stage: 'all', sources, alarms, buckets }),
);
/** Without quotes: the dashboard is JSON inside JSON. */
const dashboard = JSON.stringify(template.findResources('AWS::CloudWatch::Dashboard')).replaceAll(/[\\"]/g, '');
const alarmsOfAll = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map((alarm) =>
  JSON.stringify(alarm),
);

test('the README says how many there are', () => {
  expect([names.length, new Set(Object.values(sources).map(({ kind }) => kind)).size]).toEqual([26, 26]);
  expect(read('README.md')).toContain('Twenty-six sources are built in');
});

describe.each(names)('%s', (name) => {
  const kind = sources[name]?.kind ?? '';
  const alarmsOf = (metric: string) =>
    alarmsOfAll.filter(
      (alarm) => alarm.includes(`"${metric}"`) && alarm.includes(`{"Name":"source","Value":"${name}"}`),
    );

  test('is named by the README, and by the table of the sources with its page', () => {
    const known = name === 'gohighlevel' ? 'highlevel' : name === 's3-drop' ? 'docssourcess3drop' : letters(name);
    expect(letters(read('README.md'))).toContain(known);
    const row = read('docs/sources/README.md').match(new RegExp(`^\\| \`${name}\` \\| \\[([\\w-]+\\.md)\\]`, 'm'));
    expect(existsSync(new URL(`../docs/sources/${row?.[1]}`, import.meta.url))).toBe(true);
  });

  test('has a sender, with which the demo and chaos play it', () => {
    expect(existsSync(new URL(`../local/senders/${kind}.ts`, import.meta.url))).toBe(true);
  });

  test('is on the dashboard, and has its alarms', () => {
    expect(dashboard).toContain(`source,${name},`);
    expect(alarmsOf('EventsTaken')).toHaveLength(1); // silent for twelve hours
    expect(alarmsOf('EventsRefused')).toHaveLength(name in withHook(sources) ? 1 : 0);
  });
});

test('the command names the hook URL of each source with a hook, and the doctor knows every source', async () => {
  const options = { environment: { PORT: '1', AFTERCALL_DATA: '/nowhere/at/all' } };
  const hooks = (await running(['hooks'], options)).out;
  for (const name of Object.keys(withHook(sources))) expect(hooks).toContain(name);
  const { json } = await running(['doctor', '--json'], options);
  const checked = (json.checks as { area: string; what: string }[]).filter(({ area }) => area === 'secrets');
  expect(checked.map(({ what }) => what)).toEqual(expect.arrayContaining(names));
});
