import type { Clock } from '../core/ports/ports.ts';

export const systemClock: Clock = { nowMs: () => Date.now() };
