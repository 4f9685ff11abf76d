import { newChecks } from '../checks.ts';
import { startBridge } from '../client.ts';
import type { Context } from '../context.ts';
import type { Stage } from '../stage.ts';
import { httpEvents } from './http-events.ts';
import { queueEvents } from './queue-events.ts';

/** Gives events of every documented shape to the functions, as Lambda does. No queue is polled here. */
export const events = (context: Context): Stage => ({
  name: 'events of every shape',
  async run() {
    const checks = newChecks();
    const bridge = await startBridge(context, { consumers: [] });
    try {
      await httpEvents(bridge, checks);
      await queueEvents(bridge, checks);
    } finally {
      await bridge.stop();
    }
    return checks.result();
  },
});
