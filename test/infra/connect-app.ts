import { App } from 'aws-cdk-lib';
import bridge from '../../bridge.config.ts';
import { addBridge } from '../../infra/bridge-app.ts';

// The shipped bridge with a bucket of Amazon Connect, whose instance is a setting; as an app for the CDK's command.

const buckets = [{ name: 'acme-calls', prefix: 'connect/', source: 'amazon-connect' }];
addBridge(new App(), { ...bridge, buckets }, 'prod');
