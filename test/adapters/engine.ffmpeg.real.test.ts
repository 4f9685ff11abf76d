import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ffmpegDecoder, findFfmpeg } from '../../functions/adapters/engine.ffmpeg.ts';
import { call, factsOf, fileOf } from '../audio/calls.ts';

// The real ffmpeg, where one is installed (as in CI): the formats that no built-in engine decodes.

const path = findFfmpeg({ FFMPEG_PATH: process.env.FFMPEG_PATH, PATH: process.env.PATH ?? '' }) ?? '';

const decode = async (bytes: Uint8Array): Promise<Int16Array> => {
  await using opened = await ffmpegDecoder({ path }).open(fileOf(bytes), new AbortController().signal);
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.decode().chunks) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  return new Int16Array(all.buffer.slice(all.byteOffset, all.byteOffset + all.length - (all.length % 2)));
};

describe.skipIf(path === '')('ffmpeg hears', () => {
  test.each([
    'gsm-8k-mono.wav',
    'adpcm-ima-8k-mono.wav',
    'adpcm-ms-8k-stereo.wav',
    'vorbis-8k-mono.ogg',
    'vorbis-8k-mono.webm',
    'wmav2-16k-mono.wma',
    'alac-8k-mono.m4a', // its table may stand at the end, so ffmpeg gets a file that it can seek in, not a pipe
    'aac-moov-last.m4a',
    'amr-wb.amr',
  ])('%s, all of it and as loud as it is', async (name) => {
    const samples = await decode(call(name));
    const { decodedSeconds, maxVolumeDb, channels } = factsOf(name);
    // Counted by its timestamps, which begin and end with a packet.
    expect(Math.abs(samples.length / 24_000 - (decodedSeconds ?? 0))).toBeLessThan(0.07);
    const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const peakDb = 20 * Math.log10(peak / 32_768);
    // Each channel has one voice, so the mean of both is half as loud. A peak may lie between two samples of 8 kHz.
    expect(Math.abs(peakDb - (maxVolumeDb ?? 0) + (channels === 2 ? 6 : 0))).toBeLessThan(2);
  });

  test('the pauses that an AMR leaves out, but for the one at its end', async () => {
    const samples = await decode(call('amr-nb-with-pauses.amr'));
    const seconds = samples.length / 24_000;
    expect(seconds).toBeGreaterThan((factsOf('amr-nb-with-pauses.amr').decodedSeconds ?? 0) + 0.4);
    expect(seconds).toBeLessThan(5.02); // half a second, the call, and one second more: see make.sh
  });

  /** An empty ID3 tag, as an MP3 may begin with. ffmpeg reads behind the tag to recognise the format. */
  const TAG = Buffer.from('ID3\x03\0\0\0\0\0\0', 'latin1');
  const ours = fileURLToPath(new URL('../fixtures/audio/calls/cbr-128k-44k1-stereo.mp3', import.meta.url));

  test.each([
    ['a playlist', `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://${ours}\n#EXT-X-ENDLIST\n`],
    ['a list of files to be joined', `ffconcat version 1.0\nfile ${ours}\n`],
  ])('no other file of this machine by way of %s, whatever it begins with', async (_, text) => {
    for (const start of [Buffer.alloc(0), TAG])
      await expect(decode(Buffer.concat([start, Buffer.from(text)]))).rejects.toMatchObject({ code: 'unreadable' });
  });

  test.each<[string, Uint8Array]>([
    [
      'a playlist',
      Buffer.from('#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n'),
    ],
    ['a text', Buffer.from('a page of words and no sound. '.repeat(50))],
    ['a film without sound', call('video-without-sound.mp4')],
    ['nothing', new Uint8Array()],
  ])('no sound in %s', async (_, bytes) => {
    await expect(decode(bytes)).rejects.toMatchObject({ code: 'unreadable' });
  });
});
