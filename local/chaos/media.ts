import http, { type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Listening, listen } from '../loopback/listen.ts';
import type { Counters } from './counters.ts';
import { GOOD_RECORDING, type MediaAnswer, type MediaScript } from './media-faults.ts';

export interface MediaHost extends Listening {
  /** Serves a call's recording by the script, at the returned URL. */
  serve(call: string, recording: () => Buffer, script: MediaScript): string;
  /** Sets the answers of the call system's API, for calls whose events do not have all facts. */
  answer(call: string, answers: Readonly<Record<string, unknown>>): void;
  /** How many downloads are held back now. */
  holding(): number;
  /** From now on, no download is held back. */
  letGo(): void;
  /** Makes a call's recording available from now on, whatever its script says. */
  repair(call: string): void;
}

/** A recording that is missing just after its call becomes available after this time, even without earlier requests. */
const LATE_MS = 5 * 60_000;

interface Served {
  recording: () => Buffer;
  script: MediaScript;
  sinceMs: number;
  asked: number;
  answers: Readonly<Record<string, unknown>>;
}

/** The call system's media host. A call's id, 32 hexadecimal digits, is in the path of its recording. */
export const startMediaHost = async ({
  scale,
  counters,
}: {
  scale: number;
  counters: Counters;
}): Promise<MediaHost> => {
  const served = new Map<string, Served>();
  const held = new Set<ServerResponse>();
  let holdsBack = true;
  const hold = (response: ServerResponse) => {
    held.add(response);
    response.once('close', () => held.delete(response));
  };

  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://media');
    const call = idsIn(request.url).flatMap((id) => served.get(id) ?? [])[0];
    if (!call) return response.writeHead(404).end();
    if (pathname in call.answers) {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(call.answers[pathname]));
    }
    const moved = pathname.startsWith('/moved/');
    const answer = moved ? 'audio' : next(call);
    if (answer !== 'audio') counters.count('media host', answer);
    void ANSWERS[answer]({ pathname, recording: call.recording(), response, hold, scale });
  });
  const next = (call: Served): MediaAnswer => {
    const scripted = call.script.first[call.asked];
    call.asked += 1;
    if (scripted === 'held back' && !holdsBack) return call.script.after;
    if (scripted === '404' && Date.now() - call.sinceMs > LATE_MS * scale) return call.script.after;
    return scripted ?? call.script.after;
  };

  const host = await listen(server, 0);
  return {
    ...host,
    serve(call, recording, script) {
      served.set(call, { recording, script, sinceMs: Date.now(), asked: 0, answers: {} });
      return `${host.url}/recordings/${call}.wav`;
    },
    answer(call, answers) {
      const found = served.get(call);
      if (found) found.answers = answers;
    },
    holding: () => held.size,
    letGo() {
      holdsBack = false;
    },
    repair(call) {
      const found = served.get(call);
      if (found) found.script = GOOD_RECORDING;
    },
  };
};

/** What may be a call's id in a URL: also as a UUID, as Amazon Connect has it. */
const idsIn = (url = ''): string[] =>
  (url.match(/[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}/g) ?? []).map((id) => id.replaceAll('-', ''));

interface Asked {
  pathname: string;
  recording: Buffer;
  response: ServerResponse;
  /** Leaves the response open until the client closes the connection. */
  hold(response: ServerResponse): void;
  scale: number;
}

const page = (response: ServerResponse, type: string, text: string) =>
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);

const begin = ({ response, recording }: Asked) =>
  response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': recording.length });

const ANSWERS: Readonly<Record<MediaAnswer, (asked: Asked) => unknown>> = {
  audio: (asked) => begin(asked).end(asked.recording),

  /** Sends the recording in pieces. No pause, and no download as a whole, exceeds the limits of `timing.ts`. */
  async slow(asked) {
    const { response, recording, scale } = asked;
    begin(asked);
    const piece = Math.ceil(recording.length / 4);
    for (let at = 0; at < recording.length; at += piece) {
      response.write(recording.subarray(at, at + piece));
      await sleep(8000 * scale);
    }
    response.end();
  },

  redirect: ({ response, pathname }) => response.writeHead(302, { location: `/moved${pathname}` }).end(),
  '404': ({ response }) => response.writeHead(404).end('not found'),
  '410': ({ response }) => response.writeHead(410).end(),
  '503': ({ response }) => response.writeHead(503).end(),
  'no headers': ({ response, hold }) => hold(response),

  'held back'(asked) {
    begin(asked).write(asked.recording.subarray(0, 100));
    asked.hold(asked.response);
  },

  'cut short'(asked) {
    const { response, recording } = asked;
    begin(asked).write(recording.subarray(0, recording.length / 2), () => response.destroy());
  },

  'XML error page with 200': ({ response }) =>
    page(response, 'audio/x-wav', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
  'HTML login page with 200': ({ response }) =>
    page(response, 'text/html', '<!doctype html><title>Sign in</title><form>Sign in to hear this call</form>'),
  empty: ({ response }) => response.writeHead(200, { 'content-type': 'audio/x-wav', 'content-length': 0 }).end(),
};
