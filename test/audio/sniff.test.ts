import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentSniffer } from '../../functions/audio/sniff.ts';

const { sniff } = contentSniffer();
const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/audio/${name}`, import.meta.url));
const sniffed = (bytes: Uint8Array) => sniff(bytes, bytes.length);
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('what Linq takes is known by its content', () => {
  test.each([
    ['speech.mp3', 'mp3', 'audio/mpeg'],
    ['tagged.mp3', 'mp3', 'audio/mpeg'],
    ['speech.m4a', 'm4a', 'audio/x-m4a'],
    ['speech.aac', 'aac', 'audio/aac'],
    ['speech.caf', 'caf', 'audio/x-caf'],
    ['speech.wav', 'wav', 'audio/wav'],
    ['extensible.wav', 'wav', 'audio/wav'],
    ['speech.aiff', 'aiff', 'audio/aiff'],
    ['speech.amr', 'amr', 'audio/amr'],
  ])('%s is .%s, %s', async (name, extension, type) => {
    expect(await sniffed(fixture(name))).toEqual({ kind: 'audio', extension, type });
  });

  test.each([5, 6])('a WAV with a LIST chunk of %i bytes before its format is a WAV', async (length) => {
    const wav = fixture('speech.wav');
    const list = new Uint8Array(8 + length + (length % 2)); // chunks are padded to even lengths
    list.set(bytesOf('LIST'));
    list[4] = length;
    const bytes = Buffer.concat([wav.subarray(0, 12), list, wav.subarray(12)]);

    expect(await sniffed(bytes)).toEqual({ kind: 'audio', extension: 'wav', type: 'audio/wav' });
  });

  test('an MP3 whose tag is longer than what is looked at is an MP3', async () => {
    const tag = [0x49, 0x44, 0x33, 3, 0, 0, 0, 0x7f, 0x7f, 0x7f]; // "ID3", then a length of two megabytes
    const head = Buffer.concat([Uint8Array.from(tag), Buffer.alloc(16_374)]);

    expect(await sniffed(head)).toEqual({ kind: 'audio', extension: 'mp3', type: 'audio/mpeg' });
  });
});

describe('audio that Linq does not take is unfit, with its format for a reason', () => {
  test.each([
    ['mulaw.wav', 'µ-law'],
    ['alaw.wav', 'A-law'],
    ['float.wav', 'float'],
    ['extensible-float.wav', 'float'],
    ['adpcm.wav', 'ADPCM'],
    ['ima-adpcm.wav', 'IMA ADPCM'],
    ['gsm.wav', 'GSM'],
    ['mulaw.aiff', 'AIFF-C'],
    ['speech.mp2', 'mp2'],
    ['speech.ogg', 'ogg'],
    ['vorbis.ogg', 'ogg'],
    ['speech.flac', 'flac'],
    ['speech.webm', 'webm'],
    ['video.mp4', 'mp4'],
    ['speech.3gp', '3gp'],
  ])('%s: %s', async (name, word) => {
    const { kind, why } = { why: '', ...(await sniffed(fixture(name))) };

    expect([kind, why]).toEqual(['unfit', expect.stringMatching(/^a format Linq does not take: /)]);
    expect(why).toContain(word);
  });
});

describe('what is no audio is unfit, with what it is for a reason', () => {
  const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  test.each([
    ['an XML error', bytesOf('<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>'), 'XML'],
    ['XML without a prologue', bytesOf('<TwilioResponse><RestException/></TwilioResponse>'), 'XML'],
    ['an HTML page', bytesOf('<!DOCTYPE html><html><body>Sign in</body></html>'), 'HTML'],
    ['an HTML page after white space', bytesOf('\r\n  <HTML lang="en">'), 'HTML'],
    ['JSON', bytesOf('{"code":20404,"message":"not found"}'), 'JSON'],
    ['JSON in a list', bytesOf('[{"errors":1}]'), 'JSON'],
    ['text', bytesOf('The recording is not available.'), 'unknown bytes'],
    ['a picture', png, 'image/png'],
    ['a picture in the same wrapper as AIFF', bytesOf('FORM\0\0\x01\0ILBMBMHD'), 'unknown bytes'],
    ['zeros', new Uint8Array(4096), 'unknown bytes'],
    ['one byte', Uint8Array.of(0xff), 'unknown bytes'],
    ['one letter', bytesOf('R'), 'unknown bytes'],
    ['nothing', new Uint8Array(), 'unknown bytes'],
    ['a WAV header alone', bytesOf('RIFF\x24\0\0\0WAVE'), 'no format'],
    ['a RIFF of another kind', bytesOf('RIFF\x24\0\0\0AVI LIST'), ''],
  ])('%s', async (_, bytes, word) => {
    const { kind, why } = { why: '', ...(await sniffed(bytes)) };

    expect(kind).toBe('unfit');
    expect(why).toContain(word);
  });
});

describe('whatever the bytes are', () => {
  const names = [
    'speech.mp3',
    'speech.m4a',
    'speech.wav',
    'extensible.wav',
    'speech.aiff',
    'speech.ogg',
    'speech.webm',
  ];
  const verdict = expect.objectContaining({ kind: expect.stringMatching(/^(audio|unfit)$/) });

  test('there is a verdict, never an error', async () => {
    const start = fc
      .constantFrom(...names.map(fixture))
      .chain((bytes) => fc.nat({ max: Math.min(bytes.length, 200) }).map((length) => bytes.subarray(0, length)));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.constant(new Uint8Array()), start),
        fc.uint8Array({ maxLength: 300 }),
        async (a, b) => {
          expect(await sniffed(Buffer.concat([a, b]))).toEqual(verdict);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each(names)('%s cut off anywhere has a verdict', async (name) => {
    const bytes = fixture(name);
    for (let length = 0; length <= Math.min(bytes.length, 256); length += 1) {
      expect(await sniffed(bytes.subarray(0, length))).toEqual(verdict);
    }
  });
});
