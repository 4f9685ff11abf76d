import type { App } from 'aws-cdk-lib';

/**
 * The stage that `-c stage=` names. All other settings stand in `bridge.config.ts`: a deploy without its flags would
 * take back what they had set.
 * @throws Error where the command line sets one of those
 */
export const stageOf = (app: App): string => {
  const stage: string = app.node.tryGetContext('stage') ?? 'prod';
  for (const [name, belongs] of Object.entries(inTheFile(stage))) {
    if (app.node.tryGetContext(name) === undefined) continue;
    throw new Error(
      `-c ${name} is not read, since the next deploy without it would take it back. Write ${belongs} into bridge.config.ts.`,
    );
  }
  return stage;
};

const inTheFile = (stage: string): Readonly<Record<string, string>> => ({
  publicUrl: `stages: { '${stage}': { publicUrl: 'https://calls.example.com' } }`,
  domain: `stages: { '${stage}': { domain: { name: 'calls.example.com', certificateArn: 'arn:aws:acm:…' } } }`,
  ffmpegLayerArn: "ffmpegLayerArn: 'arn:aws:lambda:…:layer:aftercall-ffmpeg:1'",
  throttle: 'throttle: { requestsPerSecond: 500, burst: 1000 }',
  concurrency: 'concurrency: { store: 3, send: 3 }',
  storeConcurrency: 'concurrency: { store: 3 }',
  receiveReservedConcurrency: 'concurrency: { receive: 20 }',
  retentionDays: 'retentionDays: 30',
  alarms: "alarms: { email: 'ops@example.com' }",
});
