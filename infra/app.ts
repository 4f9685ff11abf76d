import { App, Validations } from 'aws-cdk-lib';
import bridge from '../bridge.config.ts';
import { retentionDaysOf } from '../functions/config.ts';
import { acknowledgeChecks, checkPacks } from './checks.ts';
import { AftercallStack } from './stack.ts';
import { stackNameOf } from './stack-name.ts';

const app = new App();
const stage: string = app.node.tryGetContext('stage') ?? 'prod';
const publicUrl: string | undefined = app.node.tryGetContext('publicUrl');
const ffmpegLayerArn: string | undefined = app.node.tryGetContext('ffmpegLayerArn');

const { aftercall } = new AftercallStack(app, stackNameOf(stage), {
  stage,
  sources: bridge.sources,
  retentionDays: retentionDaysOf(bridge),
  ...(bridge.watch !== undefined && { watch: bridge.watch }),
  ...(publicUrl !== undefined && { publicUrl }),
  ...(ffmpegLayerArn !== undefined && { ffmpegLayerArn }),
});
acknowledgeChecks(aftercall);
Validations.of(app).addPlugins(...checkPacks(app));
