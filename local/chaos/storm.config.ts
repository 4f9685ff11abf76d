import users from '../../bridge.config.ts';
import { defineBridge } from '../../functions/config.ts';
import { QUIET_SOURCE, quietRouteSchema } from './quiet-hours.ts';

// The user's configuration, and the storm's source a second time: under another name, on a route with quiet hours.

const { CHAOS_SOURCE = '', CHAOS_QUIET } = process.env;
const source = users.sources[CHAOS_SOURCE];

export default source === undefined || !CHAOS_QUIET
  ? users
  : defineBridge({
      ...users,
      sources: { ...users.sources, [QUIET_SOURCE]: source },
      routes: [quietRouteSchema.parse(JSON.parse(CHAOS_QUIET)), ...users.routes],
    });
