import type { Secrets } from '../core/ports/ports.ts';
import { ssmClient } from './aws.ts';
import { systemClock } from './clock.ts';
import { environmentSecrets } from './secrets.environment.ts';
import { ssmSecrets } from './secrets.ssm.ts';

/** SSM under the prefix where there is one, the environment where there is none. */
export const secretsFrom = (prefix: string | undefined): Secrets =>
  prefix === undefined ? environmentSecrets(process.env) : ssmSecrets(ssmClient(), { prefix, clock: systemClock });
