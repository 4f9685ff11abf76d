import { synthesise } from './synthesised.ts';

// The alarms that notify a person, and the dashboard.

export const bridge = synthesise({
  alarms: { email: 'ops@example.com', silentAfterHours: { twilio: 12, 'standard-webhooks': 168 }, refusedPerHour: 3 },
});

export const { template, say } = bridge;
export const watching = bridge.other;

/** A resource's properties: any values that CloudFormation accepts. */
// biome-ignore lint/suspicious/noExplicitAny: as CDK types them
export type Properties = Record<string, any>;

export const all = (type: string, from = template): Properties[] =>
  Object.values(from.findResources(type)).map(({ Properties }) => Properties);

export const alarms = all('AWS::CloudWatch::Alarm');

export const named = (name: string, from = template): Properties => {
  const [alarm, ...others] = all('AWS::CloudWatch::Alarm', from).filter(({ AlarmName }) => AlarmName === name);
  if (!alarm || others.length > 0) throw new Error(`no alarm, or several, are called ${name}`);
  return alarm;
};

export const kindOf = (name: string): string =>
  name
    .replace(/^aftercall-(test|other)-/, '')
    .replace(/-(twilio|standard-webhooks|receive|store|send|api|tend|recordings|memos)$/, '');
