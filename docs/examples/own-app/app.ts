import { App, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import bridge from '../../../bridge.config.ts';
import { retentionDaysOf } from '../../../functions/config.ts';
import { deploymentOf } from '../../../functions/deployment.ts';
import { Aftercall } from '../../../infra/aftercall.ts';

// A stack of your own with the bridge in it, and an alarm that pages you when a recording or a memo was given up.

const stage = 'calls';

class CallsStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const aftercall = new Aftercall(this, 'Aftercall', {
      stage,
      sources: bridge.sources,
      retentionDays: retentionDaysOf(bridge),
      ...deploymentOf(bridge, stage),
    });

    const pager = new Topic(this, 'Pager', { enforceSSL: true });
    for (const [name, { deadLetters }] of Object.entries({
      Recordings: aftercall.recordings,
      Memos: aftercall.memos,
    })) {
      deadLetters
        .metricApproximateNumberOfMessagesVisible()
        .createAlarm(this, `${name}GivenUp`, { threshold: 1, evaluationPeriods: 1 })
        .addAlarmAction(new SnsAction(pager));
    }

    new CfnOutput(this, 'BaseUrl', { value: aftercall.publicUrl });
    // Where `npx aftercall --stage calls` finds the bridge.
    new StringParameter(this, 'Url', { parameterName: `/aftercall/${stage}/URL`, stringValue: aftercall.publicUrl });
  }
}

new CallsStack(new App(), 'Calls');
