import { App, Validations } from 'aws-cdk-lib';
import bridge from '../bridge.config.ts';
import { retentionDaysOf } from '../functions/config.ts';
import { deploymentOf } from '../functions/deployment.ts';
import { acknowledgeChecks, checkPacks } from './checks.ts';
import { stageOf } from './context.ts';
import { AftercallStack } from './stack.ts';

const app = new App();
const stage = stageOf(app);

const { aftercall } = new AftercallStack(app, `Aftercall-${stage}`, {
  stage,
  sources: bridge.sources,
  retentionDays: retentionDaysOf(bridge),
  ...(bridge.watch !== undefined && { watch: bridge.watch }),
  ...deploymentOf(bridge, stage),
});
acknowledgeChecks(aftercall);
Validations.of(app).addPlugins(...checkPacks(app));
