import { inject } from 'vitest';
import { useEngines } from '../servers/engines.ts';
import { motoEngines } from './moto-engines.ts';

// Runs before each test file of `npm run test:engines`: the tests use moto's services.
useEngines(motoEngines(inject('motoServer'), inject('resources')));
