import { inject } from 'vitest';
import { useEngines } from '../servers/engines.ts';
import { motoEngines } from './moto-engines.ts';

// Before each test file of `npm run test:engines`: the servers behind it are moto's.
useEngines(motoEngines(inject('motoServer'), inject('resources')));
