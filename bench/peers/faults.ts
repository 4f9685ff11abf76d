import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { wav } from '../../test/world.ts';
import type { Started } from '../flow/processes.ts';
import type { Call, Peer } from './peer.ts';
import { type Stage, startStage } from './stage.ts';

/** What came of each fault: numbers of memos at Linq. */
export interface Faults {
  repeated: string;
  linqDown: string;
  notReady: string;
  errorPage: string;
  killed: string;
  unsigned: string;
}

export const FAULTS: Readonly<Record<keyof Faults, string>> = {
  repeated: 'the same webhook five times: memos sent (right: 1)',
  linqDown: 'Linq answers 503 to the first try of five calls: memos sent (right: 5)',
  notReady: 'the recording is 404 at first, five calls: whole memos sent (right: 5)',
  errorPage: 'the recording URL gives 200 with an XML error page, five calls: sent as voice memos (right: 0)',
  killed:
    'ten calls acknowledged, `kill -9` in the middle of the downloads, started again: calls sent, memos sent (right: 10, 10)',
  unsigned: 'a webhook without a signature: accepted (right: no)',
};

const RESTART_WITHIN_MS = 60_000;

/** Plays each fault against one program, one after the other. */
export const playFaults = async (peer: Peer): Promise<Faults> => {
  const stage = await startStage(wav(62.5));
  let program = await peer.start(stage.surroundings);
  try {
    await sleep(2000);
    const repeatedCall = callAt(stage, 'ok');
    const repeated = await sent(stage, peer, 1, async () => {
      for (let n = 0; n < 5; n += 1) await post(peer, program, repeatedCall);
    });
    stage.linq.fail(5, 503);
    const linqDown = await sent(stage, peer, 5, () => postFive(peer, program, stage, 'ok'));
    stage.linq.fail(0, 503);
    const notReady = await sent(stage, peer, 5, () => postFive(peer, program, stage, 'later'));
    const errorPage = await sent(stage, peer, 1, () => postFive(peer, program, stage, 'page'));
    const killed = await sent(
      stage,
      peer,
      10,
      async () => {
        const posts = Array.from({ length: 10 }, () => post(peer, program, callAt(stage, 'slow')));
        const acknowledged = (await Promise.all(posts)).filter((status) => status < 300).length;
        if (acknowledged !== 10) throw new Error(`${peer.name} acknowledged ${acknowledged} of 10`);
        await sleep(1000);
        await program.stop('SIGKILL');
        program = await peer.start(stage.surroundings);
      },
      RESTART_WITHIN_MS,
    );
    const unsigned = await post(peer, program, callAt(stage, 'ok'), false);
    return {
      repeated: String(repeated.memos),
      linqDown: String(linqDown.memos),
      notReady: String(notReady.audio),
      errorPage: String(errorPage.memos - errorPage.audio),
      killed: `${killed.calls}, ${killed.memos}`,
      unsigned: unsigned < 300 ? 'yes' : `no (${unsigned})`,
    };
  } finally {
    await program.stop('SIGKILL');
    await stage.stop();
  }
};

const callAt = ({ surroundings }: Stage, kind: string): Call => ({
  chat: randomUUID(),
  id: randomUUID(),
  recordingUrl: `${surroundings.media}/${kind}/${randomUUID()}.wav`,
});

const post = async (peer: Peer, program: Started, call: Call, signed = true): Promise<number> => {
  const { url, headers, body } = peer.webhook(program.url, call, signed);
  const answer = await fetch(url, { method: 'POST', headers, body });
  await answer.text();
  return answer.status;
};

const postFive = async (peer: Peer, program: Started, stage: Stage, kind: string) => {
  for (let n = 0; n < 5; n += 1) await post(peer, program, callAt(stage, kind));
};

/** What arrives until nothing more will come: so long after the last memo as the program's own retries take. */
const sent = async (
  { linq }: Stage,
  { quietMs }: Peer,
  wanted: number,
  act: () => Promise<void>,
  extraMs = 0,
): Promise<{ memos: number; calls: number; audio: number }> => {
  const before = linq.arrivals.length;
  const begun = performance.now();
  await act();
  const fresh = () => linq.arrivals.slice(before);
  const lastMs = () => Math.max(begun, fresh().at(-1)?.atMs ?? 0);
  const waitMs = () => (fresh().length >= wanted ? Math.min(quietMs, 8000) : quietMs + extraMs);
  while (performance.now() - lastMs() < waitMs()) await sleep(200);
  const audio = fresh().filter(({ beginning }) => beginning.startsWith('RIFF')).length;
  return { memos: fresh().length, calls: new Set(fresh().map(({ chat }) => chat)).size, audio };
};
