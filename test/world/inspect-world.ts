import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { sourceEventList } from '../../functions/http/source-schemas.ts';
import { json, type Signed, standardWebhook, twilioWebhook, type World, wav } from '../world.ts';
import { contentsOf } from './contents.ts';
import { recordOutputAndConsole } from './record-output.ts';

type Event = ReturnType<(typeof sourceEventList)['parse']>['events'][number];

/**
 * A world whose bridge.config.ts has `inspect: true`, or has not. The functions read their configuration when they are loaded, so each
 * world loads them anew, with the object that the file exports.
 */
export const startInspectedWorld = async (inspect: boolean) => {
  vi.resetModules();
  delete process.env.PUBLIC_URL; // of the world before
  const { default: bridge } = await import('../../bridge.config.ts');
  bridge.inspect = inspect;
  const { startWorld } = await import('../world.ts');
  const logged = recordOutputAndConsole();
  const world = await startWorld();
  const contents = contentsOf(world);
  return {
    ...{ world, contents },
    ...senders(world),
    ...readers(world),
    /** Every text in the table, the bucket, the queues and the log that holds this text. */
    async search(text: string): Promise<string[]> {
      const objects = (await contents.objects()).map(
        ({ key, facts, bytes }) => `${key} ${facts} ${bytes.toString('latin1')}`,
      );
      const all = [...(await contents.rows()), ...objects, ...contents.messages(), ...logged];
      return all.filter((each) => each.includes(text));
    },
    async stop() {
      contents.close();
      await world.stop();
      vi.restoreAllMocks();
    },
  };
};

export type InspectedWorld = Awaited<ReturnType<typeof startInspectedWorld>>;

const senders = (world: World) => ({
  /** A signed webhook of a call with more in it; returns the id of its memo. */
  async call(more: Record<string, unknown>, recording: Record<string, unknown> = {}, headers = {}): Promise<string> {
    const url = `${world.media.serve(wav(1))}?X-Sig=a-token-in-a-url`;
    const data = { id: `rec_${randomUUID()}`, recording_url: url, chat_id: randomUUID(), ...recording, more };
    const signed = standardWebhook(world.secrets.standardWebhooks, data);
    const { status, body } = await world.post('/hooks/standard-webhooks', {
      ...signed,
      headers: { ...signed.headers, ...headers },
    });
    expect([status, body]).toEqual([200, { memos: [expect.stringMatching(/^m_/)] }]);
    return String((body.memos as string[])[0]); // a cast: the line above checked its shape
  },
  /** A webhook that is refused, since nobody has signed it. */
  refused: (source: string, body: string, headers: Signed['headers'] = {}) =>
    world.post(`/hooks/${source}`, { body, headers: { 'content-type': 'text/plain', ...headers } }),
  /** A webhook of Twilio's that is ignored. */
  ignored(more: Record<string, string>) {
    const path = '/hooks/twilio';
    const form = { CallSid: 'CA1', RecordingSid: 'RE1', AccountSid: 'AC1', RecordingStatus: 'in-progress', ...more };
    return world.post(path, twilioWebhook(world.secrets.twilio, world.url + path, form));
  },
});

const readers = (world: World) => ({
  events: async (source: string): Promise<Event[]> =>
    (await json<{ events: Event[] }>(await world.api(`/sources/${source}/events`))).events,
  async payload(source: string, event: string): Promise<string> {
    const answer = await world.api(`/sources/${source}/events/${event}/payload`);
    expect(answer.status).toBe(200);
    return (await json<{ payload: string }>(answer)).payload;
  },
});

/** A text that nobody else writes. It has no digits, which would be masked. */
export const newText = (of: string): string =>
  `${of}-${randomUUID().replace(/[\d-]/g, (each) => 'ghijklmnop'[Number(each)] ?? '')}`;

/** Numbers as people, telephones and programs write them. Each ends in 0101. */
export const SPELLED = [
  '+14155550101',
  'tel:+1 (415) 555-0101',
  '415.555.0101',
  '415–555–0101', // en dashes
  '415\u00a0555\u20110101', // a space and a hyphen that do not break a line
  '415_555_0101',
  '415, 555, 0101',
  '4:1:5:5:5:5:0:1:0:1',
  '%2B1%20415%20555%200101',
  '415&nbsp;555&nbsp;0101',
  '４１５ ５５５ ０１０１', // of an East Asian keyboard
  '00000000-0000-0000-0000-014155550101',
  'sip:14155550101@sip.example.com',
];
