import { App } from 'aws-cdk-lib';
import bridge from '../bridge.config.ts';
import { addBridge } from './bridge-app.ts';
import { stageOf } from './context.ts';

const app = new App();
addBridge(app, bridge, stageOf(app));
