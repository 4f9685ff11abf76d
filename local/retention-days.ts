import { retentionDaysOf } from '../functions/config.ts';

/** `retentionDays` of `bridge.config.ts`. Loaded late: that file reads the environment, which the demo and the tests set first. */
export const retentionDays = async (): Promise<number> =>
  retentionDaysOf((await import('../bridge.config.ts')).default);
