import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { withHook } from '../functions/config.ts';
import { Aftercall, type AftercallProps } from './aftercall.ts';
import { secretsPrefix } from './secrets.ts';

/** One stage of the bridge. Its outputs are the URLs for the senders. */
export class AftercallStack extends Stack {
  readonly aftercall: Aftercall;

  constructor(scope: Construct, id: string, props: AftercallProps & StackProps) {
    super(scope, id, { description: 'Aftercall: call recordings as iMessage voice memos', ...props });
    this.aftercall = new Aftercall(this, 'Aftercall', props);
    new CfnOutput(this, 'BaseUrl', { value: this.aftercall.publicUrl });
    const { dnsRecord } = this.aftercall;
    if (dnsRecord !== undefined) {
      new CfnOutput(this, 'DnsRecord', {
        description:
          'Make this record where the DNS of the domain is kept: an ALIAS where the name is that of the zone itself.',
        value: dnsRecord,
      });
    }
    new StringParameter(this, 'Url', {
      parameterName: `${secretsPrefix(props.stage)}URL`,
      description: 'Where the bridge answers, for `aftercall --stage`.',
      stringValue: this.aftercall.publicUrl,
    });
    const { monitoring } = this.aftercall;
    new CfnOutput(this, 'Alarms', {
      description: 'Whom the alarms tell.',
      value:
        props.alarms?.email === undefined
          ? 'nobody: name an address in bridge.config.ts, alarms: { email } (docs/alarms.md)'
          : `${props.alarms.email}, once the link in the e-mail that AWS has sent there was followed`,
    });
    new CfnOutput(this, 'Dashboard', { value: monitoring.dashboard.url });
    for (const source of Object.keys(withHook(props.sources))) {
      const output = new CfnOutput(this, `HookUrl-${source}`, {
        description: `Give this address to ${source}.`,
        value: `${this.aftercall.publicUrl}/hooks/${source}`,
      });
      output.overrideLogicalId(`HookUrl${lettersOf(source)}`);
    }
  }
}

/** CloudFormation's names have letters and digits only. Sources have no capitals, so `my-pbx` and `my_pbx` stay different. */
const lettersOf = (source: string): string => source.replaceAll('-', 'H').replaceAll('_', 'U');
