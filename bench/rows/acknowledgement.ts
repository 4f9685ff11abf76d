import { postAtOnce } from '../flow/load.ts';
import { startFlow } from '../flow/world.ts';
import { quantile } from '../report/figure.ts';
import { floorAndOurs, type Row } from './row.ts';

/** Webhooks that one process verifies, routes and puts on SQS, 16 at once; nobody works on them. */
export const acknowledgement: Row = (options) =>
  floorAndOurs(options, async (variant) => {
    const world = await startFlow(variant, { recording: new Uint8Array(), only: 'receive' });
    try {
      await postAtOnce(world, options.short ? 50 : 500, AT_ONCE);
      const begun = performance.now();
      const posted = await postAtOnce(world, options.short ? 200 : 3000, AT_ONCE);
      const seconds = (performance.now() - begun) / 1000;
      const p99 = quantile(
        posted.map(({ ackMs }) => ackMs),
        0.99,
      );
      return { ackRate: [posted.length / seconds], ackP99: [p99] };
    } finally {
      await world.stop();
    }
  });

const AT_ONCE = 16;
