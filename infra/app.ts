import { App } from 'aws-cdk-lib';
import { asBadConfiguration } from '../functions/config.ts';
import { addBridge } from './bridge-app.ts';
import { stageOf } from './context.ts';

// A mistake in bridge.config.ts is printed as sentences, since a stack trace does not help its author.
const { default: bridge } = await import('../bridge.config.ts').catch((error: unknown) => {
  console.error(asBadConfiguration(error).message);
  process.exit(1);
});
const app = new App();
addBridge(app, bridge, stageOf(app));
