import { describe, expect, test } from 'vitest';
import { M4A, MP3, type Naming } from '../../functions/audio/formats.ts';
import { outsideOf, type Plan, planFor } from '../../functions/audio/plan.ts';
import type { Probed } from '../../functions/audio/probe.ts';
import { AUDIO_RULES, type AudioFacts, MAX_MEMO_BYTES } from '../../functions/core/model/audio.ts';

const WAV: Naming = { extension: 'wav', type: 'audio/wav' };

type Seen = Partial<Omit<Probed, 'facts'>> & { facts?: Partial<AudioFacts> };
const looked = ({ facts, ...seen }: Seen): Probed => ({
  kind: 'audio',
  container: 'wav',
  decodable: false,
  video: false,
  ...seen,
  facts: { type: 'audio/x', bytes: 100_000, sampleRate: 8000, channels: 1, seconds: 10, ...facts },
});

const LARGE = { bytes: MAX_MEMO_BYTES + 1, seconds: 3600 };
const pcm = (facts: Partial<AudioFacts> = {}, seen: Seen = {}) =>
  looked({ takenAs: WAV, decodable: true, ...seen, facts: { codec: 'pcm-s16', ...facts } });
const mp3 = (facts: Partial<AudioFacts> = {}, seen: Seen = {}) =>
  looked({ container: 'mp3', takenAs: MP3, decodable: true, ...seen, facts: { codec: 'mp3', ...facts } });
/** AAC, which no built-in library decodes. */
const m4a = (facts: Partial<AudioFacts> = {}, seen: Seen = {}) =>
  looked({ container: 'm4a', takenAs: M4A, ...seen, facts: { codec: 'aac', ...facts } });
const aacIn = (container: string, facts: Partial<AudioFacts> = {}, seen: Seen = {}) =>
  looked({ container, ...seen, facts: { codec: 'aac', ...facts } });
const other = (codec: string, container: string, seen: Seen = {}) =>
  looked({ container, ...seen, facts: { codec, ...seen.facts } });

const pass = (naming: Naming): Plan => ({ do: 'pass', naming });
const remux = (reason: string): Plan => ({ do: 'remux', reason });
const reject = (reason: string): Plan => ({ do: 'reject', reason });
const convert = (reason: string, engines: ('built-in' | 'ffmpeg')[]): Plan => ({ do: 'convert', reason, engines });
const TOO_LARGE = 'larger than 10000000 bytes';

/** What the probe found; the plan without ffmpeg; and the plan with ffmpeg, where it differs. */
type Row = [what: string, probe: Probed, without: Plan, with_: Plan];
const both = (what: string, probe: Probed, plan: Plan): Row => [what, probe, plan, plan];

const ROWS: Row[] = [
  both('a WAV that Linq takes', pcm(), pass(WAV)),
  both('an MP3', mp3(), pass(MP3)),
  both('an MP3 of exactly the limit', mp3({ bytes: MAX_MEMO_BYTES }), pass(MP3)),
  both('an M4A', m4a(), pass(M4A)),
  both('an MP3 that ends before its index does', mp3({ seconds: 10 }, { promisedSeconds: 60 }), pass(MP3)),
  both(
    'an M4A that ends before its table does',
    m4a({ seconds: 10 }, { promisedSeconds: 60 }),
    remux('the file is shorter than its table says'),
  ),
  both(
    'an M4A that ends half a second before its table does',
    m4a({ seconds: 10 }, { promisedSeconds: 10.5 }),
    pass(M4A),
  ),

  ['a WAV over the limit', pcm(LARGE), convert(TOO_LARGE, ['built-in']), convert(TOO_LARGE, ['built-in', 'ffmpeg'])],
  [
    'an MP3 one byte over',
    mp3({ bytes: MAX_MEMO_BYTES + 1 }),
    convert(TOO_LARGE, ['built-in']),
    convert(TOO_LARGE, ['built-in', 'ffmpeg']),
  ],
  ['an M4A over the limit', m4a(LARGE), remux(TOO_LARGE), convert(TOO_LARGE, ['ffmpeg'])],

  both('an MP4 with AAC', aacIn('mp4'), remux('aac in mp4')),
  both('a film with AAC', aacIn('mp4', {}, { video: true }), remux('aac in mp4 with video')),
  both('a MOV with AAC', aacIn('mov'), remux('aac in mov')),
  both('a 3GP with AAC', aacIn('3gp'), remux('aac in 3gp')),
  both('a Matroska with AAC', aacIn('mkv'), remux('aac in mkv')),
  // Linq does not take these, so the reason names the format; parts, where no engine can make the file smaller.
  both('an MP4 with AAC over the limit', aacIn('mp4', LARGE), remux('aac in mp4')),
  [
    'AAC in AVI',
    aacIn('avi'),
    reject('this codec needs the ffmpeg layer: aac in avi'),
    convert('aac in avi', ['ffmpeg']),
  ],

  [
    'µ-law',
    other('ulaw', 'wav', { decodable: true }),
    convert('ulaw in wav', ['built-in']),
    convert('ulaw in wav', ['built-in', 'ffmpeg']),
  ],
  [
    'Opus',
    other('opus', 'opus', { decodable: true }),
    convert('opus in opus', ['built-in']),
    convert('opus in opus', ['built-in', 'ffmpeg']),
  ],
  [
    'a film with Opus',
    other('opus', 'webm', { decodable: true, video: true }),
    convert('opus in webm with video', ['built-in']),
    convert('opus in webm with video', ['built-in', 'ffmpeg']),
  ],
  [
    'six channels',
    other('pcm-s16', 'wav', { decodable: true, facts: { channels: 6 } }),
    convert('pcm-s16 in wav, 6 channels', ['built-in']),
    convert('pcm-s16 in wav, 6 channels', ['built-in', 'ffmpeg']),
  ],
  [
    'GSM',
    other('gsm_ms', 'wav'),
    reject('this codec needs the ffmpeg layer: gsm_ms in wav'),
    convert('gsm_ms in wav', ['ffmpeg']),
  ],
  [
    'AMR-WB',
    other('amr-wb', 'amr'),
    reject('this codec needs the ffmpeg layer: amr-wb in amr'),
    convert('amr-wb in amr', ['ffmpeg']),
  ],
  [
    'what nobody here could open',
    looked({ container: 'asf', failure: 'it cannot be read (no)' }),
    reject('no sound can be read in this asf file without the ffmpeg layer: it cannot be read (no)'),
    convert('unknown sound in asf', ['ffmpeg']),
  ],
  [
    'what no built-in reader knows',
    looked({ container: 'wma' }),
    reject('no sound can be read in this wma file without the ffmpeg layer'),
    convert('unknown sound in wma', ['ffmpeg']),
  ],
];

describe('without ffmpeg', () => {
  test.each(ROWS)('%s', (_, probe, without) => expect(planFor(probe, AUDIO_RULES, false)).toEqual(without));
});
describe('with ffmpeg', () => {
  test.each(ROWS)('%s', (_, probe, _without, with_) => expect(planFor(probe, AUDIO_RULES, true)).toEqual(with_));
});

describe('outside of what a bridge sends is', () => {
  test.each<[Partial<AudioFacts>, string | undefined]>([
    [{ seconds: 0.499 }, 'too short: 0.499 s of sound'],
    [{ seconds: 0 }, 'too short: 0 s of sound'],
    [{ seconds: 0.5 }, undefined],
    [{ seconds: 21_600 }, undefined],
    [{ seconds: 21_600.6 }, 'too long: 21601 s of sound'],
    [{ sampleRate: 1999 }, 'a sample rate of 1999 Hz'],
    [{ sampleRate: 2000 }, undefined],
    [{ sampleRate: 384_000 }, undefined],
    [{ sampleRate: 384_001 }, 'a sample rate of 384001 Hz'],
    [{ channels: 0 }, 'a sound without channels'],
    [{}, undefined],
  ])('%o: %s', (facts, reason) => {
    expect(outsideOf({ type: 'audio/x', bytes: 1_000_000, ...facts }, AUDIO_RULES)).toBe(reason);
    const plan = planFor(pcm({ bytes: 1_000_000, ...facts }), AUDIO_RULES, true);
    expect(plan).toMatchObject(reason === undefined ? pass(WAV) : reject(reason));
  });

  test('what its header promises, though less of it can be read', () => {
    const probe = m4a({ seconds: 10 }, { promisedSeconds: 30_000 });
    expect(planFor(probe, AUDIO_RULES, true)).toEqual(reject('too long: 30000 s of sound'));
  });

  test('nothing whose length is not known yet', () => {
    const { seconds: _seconds, ...facts } = other('opus', 'webm', { decodable: true }).facts;
    expect(planFor({ ...other('opus', 'webm', { decodable: true }), facts }, AUDIO_RULES, false)).toMatchObject({
      do: 'convert',
    });
  });
});
