import { retentionDaysOf } from '../functions/config.ts';

/** `retentionDays` of `bridge.config.ts`, loaded late: the demo and the tests first set the environment it reads. */
export const retentionDays = async (): Promise<number> =>
  retentionDaysOf((await import('../bridge.config.ts')).default);
