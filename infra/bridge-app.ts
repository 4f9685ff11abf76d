import { type App, Validations } from 'aws-cdk-lib';
import { type Bridge, retentionDaysOf, settingsLeftOut } from '../functions/config.ts';
import { deploymentOf } from '../functions/deployment.ts';
import { acknowledgeChecks, checkPacks } from './checks.ts';
import { AftercallStack } from './stack.ts';
import { stackNameOf } from './stack-name.ts';

/** Adds one stage of a bridge to a CDK app. A finding of cdk-nag that is not acknowledged fails the synth. */
export const addBridge = (app: App, bridge: Bridge, stage: string): AftercallStack => {
  for (const name of settingsLeftOut()) {
    console.error(
      `! ${name} is set in this shell, for the local bridge alone: a deployed stage does not read it. ` +
        `If the stage needs the value, write it into bridge.config.ts in place of setting('${name}').`,
    );
  }
  const stack = new AftercallStack(app, stackNameOf(stage), {
    stage,
    sources: bridge.sources,
    retentionDays: retentionDaysOf(bridge),
    ...(bridge.alarms !== undefined && { alarms: bridge.alarms }),
    ...deploymentOf(bridge, stage),
  });
  acknowledgeChecks(stack.aftercall);
  Validations.of(app).addPlugins(...checkPacks(app));
  return stack;
};
