import type { Started } from '../flow/processes.ts';

/** Where the peers' flow leads: the same servers for all. */
export interface Surroundings {
  /** A folder of the program's own; what it stores survives a restart. */
  data: string;
  s3: { url: string; bucket: string; accessKeyId: string; secretAccessKey: string };
  linq: string;
  media: string;
}

export interface Call {
  chat: string;
  id: string;
  recordingUrl: string;
}

export interface Peer {
  name: string;
  /** What the table says of its settings. */
  settings: string;
  start(surroundings: Surroundings): Promise<Started>;
  /** The webhook of a call. The same call twice gives the same bytes, as a sender's retry does. */
  webhook(url: string, call: Call, signed: boolean): { url: string; headers: Record<string, string>; body: string };
  /** How long after the last arrival nothing more will come. */
  quietMs: number;
}

/** The webhook of a program without a signature. */
export const plainWebhook =
  (path: string): Peer['webhook'] =>
  (url, { chat, id, recordingUrl }) => ({
    url: url + path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chatId: chat, callId: id, recordingUrl }),
  });
