import type { Secrets } from '../core/ports/ports.ts';
import { ssmClient } from './aws.ts';
import { systemClock } from './clock.ts';
import { environmentSecrets } from './secrets.environment.ts';
import { ssmSecrets } from './secrets.ssm.ts';

/** Secrets from SSM under the prefix, or from the environment without a prefix. */
export const secretsFrom = (prefix: string | undefined): Secrets =>
  prefix === undefined ? environmentSecrets(process.env) : ssmSecrets(ssmClient(), { prefix, clock: systemClock });
