import type { Call } from './senders.ts';
import type { World } from './world.ts';

/** How many acknowledged calls came from each source. */
export const acknowledgedBySource = (
  { senders, deliveries }: World,
  calls: readonly Call[],
): Record<string, number> => {
  const counts: Record<string, number> = Object.fromEntries(deliveries.each.map(({ source }) => [source, 0]));
  for (const call of calls) {
    const { source } = deliveries.find(call.source);
    if (senders.sent([call])[0]?.acknowledged) counts[source] = (counts[source] ?? 0) + 1;
  }
  return counts;
};
