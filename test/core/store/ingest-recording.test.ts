import { expect, test } from 'vitest';
import { timing } from '../../../functions/core/model/timing.ts';
import { type IngestPorts, ingestRecording } from '../../../functions/core/store/ingest-recording.ts';
import { runFolder } from '../../../functions/core/store/run-folder.ts';
import { memoryAudioStore } from '../../fakes/audio-store.memory.ts';
import { aMessage, CHAT } from '../../fakes/examples.ts';

const MIB = 1024 * 1024;
const RANGES = [
  [0, 4096],
  [100, 200],
  [4000, 4096],
] as const;

/** Reads three ranges of an upload as the engine does; the first reads fail with these errors, in order. */
const readsOf = async (bytes: number, failures: readonly Error[] = []) => {
  const store = memoryAudioStore();
  const key = 'inbox/m_1/upload';
  await store.put(key, new Uint8Array(bytes).fill(7));
  const asked: string[] = [];
  const audio = {
    ...store,
    read: async (name: string, range?: { start: number; end: number }) => {
      const failure = failures[asked.length];
      asked.push(`${range?.start}-${range?.end}`);
      if (failure) throw failure;
      return store.read(name, range);
    },
  };
  const got: (number | string)[] = [];
  const fitter: IngestPorts['fitter'] = {
    async fit(file) {
      for (const [start, end] of RANGES)
        await file.read(start, end).then(
          (part) => got.push(part.length),
          (error) => got.push(error.message),
        );
      return { kind: 'unfit', reason: 'read', original: { type: 'audio/mpeg', bytes } };
    },
  };
  const nobody = { find: async () => undefined };
  const ports = {
    audio,
    fitter,
    sources: nobody,
    clock: { nowMs: () => 0 },
    timing: timing(),
  } as unknown as IngestPorts; // the code does not download an upload
  const nothing = async () => undefined;
  const slow = { onSlowDownload: nothing, onLongWork: nothing, endDownload: nothing, end: nothing };
  const message = aMessage();
  const recording = { ...message.recording, media: { kind: 'inbox' as const, key } };
  const row = {} as Parameters<typeof ingestRecording>[3]; // the code does not wait for an upload that is there
  await ingestRecording(
    ports,
    { ...message, target: { chat: CHAT }, recording },
    { id: 'run', folder: runFolder(audio, 'inbox/m_1/run/'), lease: AbortSignal.any([]), slow },
    row,
  );
  return { asked, got };
};

test('a short recording is read from the bucket once, whatever is asked of it', async () => {
  expect(await readsOf(4 * MIB)).toEqual({ asked: [`0-${4 * MIB - 1}`], got: [4096, 100, 96] });
});

test('a long one is read by ranges', async () => {
  expect(await readsOf(4 * MIB + 1)).toEqual({ asked: ['0-4095', '100-199', '4000-4095'], got: [4096, 100, 96] });
});

test('a read that failed is asked for again', async () => {
  expect(await readsOf(MIB, [new Error('S3 is away')])).toEqual({
    asked: [`0-${MIB - 1}`, `0-${MIB - 1}`],
    got: ['S3 is away', 100, 96],
  });
});
