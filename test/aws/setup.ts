import { inject } from 'vitest';
import { useEngines } from '../servers/engines.ts';
import { awsEngines } from './aws-engines.ts';

// Before each test file of `npm run test:aws`: the services behind it are the account's.
const run = inject('awsRun');
if (run) useEngines(awsEngines(run));
