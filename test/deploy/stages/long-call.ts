import assert from 'node:assert/strict';
import { engine } from '../../../functions/audio/engine.ts';
import { fileOf, readCall } from '../../audio/fitting.ts';
import { longCall } from '../../audio/long-call.ts';
import { newChecks } from '../checks.ts';
import { startBridge } from '../client.ts';
import type { Context } from '../context.ts';
import { streamed } from '../long-recordings.ts';
import type { Stage } from '../stage.ts';

const HOUR_SECONDS = 60 * 60;
/** Less than the fifteen minutes that Lambda gives `store`, and enough for a busy machine. */
const MEMO_MS = 600_000;

/** An hour of 8 kHz stereo WAV, 115 MB, becomes a memo. `store` is killed if it exceeds its memory. */
export const longCallStage = (context: Context): Stage => ({
  name: 'an hour of WAV',
  async run() {
    const { check, result } = newChecks();
    const bridge = await startBridge(context);
    const lines: string[] = [];
    try {
      await check(
        'an hour of 8 kHz stereo WAV becomes one memo',
        async () => {
          const recording = longCall(readCall('pcm-s16-8k-stereo.wav'), HOUR_SECONDS);
          const startedMs = Date.now();
          const { chat, id } = await bridge.arrives(bridge.media.serve(streamed(recording, 'audio/x-wav')));
          const memo = await bridge.reaches(id, ['sent', 'rejected', 'failed'], MEMO_MS);
          const seconds = Math.round((Date.now() - startedMs) / 1000);
          assert.equal(memo.state, 'sent', JSON.stringify(memo.history.at(-1)));
          const [sent, ...more] = bridge.sentTo(chat);
          assert(sent && more.length === 0, `${more.length + 1} memos were sent`);
          assert.ok(sent.bytes.length <= 10_000_000, `it has ${sent.bytes.length} bytes`);
          const heard = await engine.measure({ file: fileOf(sent.bytes) }, { maxSeconds: 10_000 });
          assert.ok(Math.abs(heard.seconds - HOUR_SECONDS) < 1, `it has ${heard.seconds} seconds`);
          const environments = bridge.functions.store.environments();
          const peak = Math.max(...environments.map(({ seen }) => seen.peakMegabytes));
          lines.push(
            `${recording.bytes} bytes in ${seconds} s, ${environments.length} environment, peak ${Math.round(peak)} MB`,
          );
          assert.deepEqual(bridge.functions.store.ended(), []);
        },
        2 * MEMO_MS,
      );
    } finally {
      await bridge.stop();
    }
    return result(lines);
  },
});
