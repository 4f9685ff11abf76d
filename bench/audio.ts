import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { engineThreads } from '../functions/audio/engine-threads.ts';
import { audioFitter } from '../functions/audio/fit.ts';
import { AUDIO_RULES } from '../functions/core/model/audio.ts';
import { timing } from '../functions/core/model/timing.ts';
import { longCall } from '../test/audio/long-call.ts';

// Time and memory of fitting a long call: a process for each length, on one core if taskset exists.

const call = readFileSync(new URL('../test/fixtures/audio/calls/pcm-s16-8k-stereo.wav', import.meta.url));

/** In the process of one length: measures what the fitter uses, beyond the use before its start. */
const measure = async (minutes: number) => {
  const fitter = audioFitter({
    engine: engineThreads(timing()),
    rules: AUDIO_RULES,
    clock: { nowMs: Date.now },
  });
  const file = longCall(call, minutes * 60);
  const idle = process.memoryUsage().rss;
  const begun = performance.now();
  const fitted = await fitter.fit(
    file,
    async ({ bytes, facts }) => ({ bytes: bytes.length, seconds: facts.seconds }),
    new AbortController().signal,
  );
  const seconds = (performance.now() - begun) / 1000;
  if (fitted.kind !== 'made') throw new Error(JSON.stringify(fitted));
  const peak = process.resourceUsage().maxRSS * 1024 - idle;
  return {
    megabytes: file.bytes / 1e6,
    seconds,
    timesRealTime: (minutes * 60) / seconds,
    peakMegabytes: peak / 1e6,
    parts: fitted.parts,
  };
};

if (process.argv[2]) {
  console.log(JSON.stringify(await measure(Number(process.argv[2]))));
  process.exit();
}

const pinned = spawnSync('taskset', ['--version']).status === 0 ? ['taskset', '-c', '0'] : [];
for (const minutes of process.env.MINUTES ? [Number(process.env.MINUTES)] : [10, 120, 60]) {
  const [command = '', ...args] = [...pinned, process.execPath, fileURLToPath(import.meta.url), String(minutes)];
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const { megabytes, seconds, timesRealTime, peakMegabytes, parts } = JSON.parse(stdout);
  const made = parts.map((part: { bytes: number }) => `${(part.bytes / 1e6).toFixed(2)} MB`).join(' + ');
  console.log(
    `${minutes} min of 8 kHz stereo WAV (${megabytes.toFixed(0)} MB) → ${made} of MP3 in ${seconds.toFixed(1)} s` +
      `${pinned.length > 0 ? ' on one core' : ''}: ${timesRealTime.toFixed(0)} × real time, peak ${peakMegabytes.toFixed(0)} MB over idle`,
  );
}
