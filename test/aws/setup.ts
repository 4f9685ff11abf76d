import { inject } from 'vitest';
import { useEngines } from '../servers/engines.ts';
import { awsEngines } from './aws-engines.ts';

// Runs before each test file of `npm run test:aws`: the tests use the account's services.
const run = inject('awsRun');
if (run) useEngines(awsEngines(run));
