import { buffer } from 'node:stream/consumers';
import { httpRecordings } from '../../functions/adapters/recordings.http.ts';
import { type Timing, timing } from '../../functions/core/model/timing.ts';
import type { Fetched, Log, RemoteRecording, Secrets } from '../../functions/core/ports/ports.ts';
import type { FetchPlan } from '../../functions/core/ports/source.ts';
import { memorySecrets } from '../fakes/secrets.memory.ts';
import type { Internet } from './internet.ts';

export const NOW_MS = Date.UTC(2026, 10, 23, 12, 0, 0);
export const MAX_BYTES = 1000;

export interface Fetching {
  allowHosts?: readonly string[];
  internet?: Internet;
  secrets?: Readonly<Record<string, readonly string[]>>;
  /** Used instead of `secrets` in tests where the secrets change. */
  changing?: Secrets;
  download?: Partial<Timing['download']>;
  lookUpMs?: number;
  maxBytes?: number;
  /** Receives the log lines. */
  log?: Pick<Log, 'warn'>;
}

/** The real adapter. It knows only the given secrets, so a request carries only what the plan says. */
export const recordingsWith = ({
  allowHosts = [],
  internet,
  secrets = {},
  changing,
  download,
  lookUpMs,
  maxBytes = MAX_BYTES,
  log = { warn: () => {} },
}: Fetching = {}) => {
  const usual = timing();
  return httpRecordings({
    secrets: changing ?? memorySecrets(secrets),
    clock: { nowMs: () => NOW_MS },
    timing: { ...usual, download: { ...usual.download, ...download }, lookUpMs: lookUpMs ?? usual.lookUpMs },
    maxBytes,
    log,
    allowHosts,
    ...(internet && { network: { lookup: internet.lookup, connector: internet.connector } }),
  });
};

export const recordingAt = (url: string): RemoteRecording => ({
  source: 'vendor',
  id: 'RE1',
  media: { kind: 'url', url },
});

export const anywhere: FetchPlan = { hosts: 'any-public', notYet: [] };

/** Downloads into memory. */
export const fetchBytes = (
  recordings: ReturnType<typeof httpRecordings>,
  url: string,
  plan: FetchPlan = anywhere,
  lease: AbortSignal = new AbortController().signal,
): Promise<Fetched<Buffer>> => recordings.download(recordingAt(url), plan, buffer, lease);
