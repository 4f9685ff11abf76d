import { describe, expect, test } from 'vitest';
import { AftercallStack } from '../../infra/stack.ts';
import { makeApp, sources } from './synthesised.ts';

describe('refuses', () => {
  const make = (props: object) => () => new AftercallStack(makeApp(), 'Refused', { stage: 'test', sources, ...props });

  test.each([27, 0, -30, 28.5, 366, Number.NaN])('to keep things for %s days', (retentionDays) => {
    expect(make({ retentionDays })).toThrow(/retentionDays: must be whole days, 28 to 365/);
  });

  test.each(['', 'Prod', 'a/b', '-x', 'a'.repeat(32)])('the stage %j', (stage) => {
    expect(make({ stage })).toThrow(/stage: '.*' is none/);
  });

  test.each([
    'http://calls.example.com',
    'https://calls.example.com/',
    'https://calls.example.com/bridge',
    'https://me@calls.example.com',
    'https://calls.example.com?x',
    'calls.example.com',
  ])('the public URL %s', (publicUrl) => {
    expect(make({ publicUrl })).toThrow('publicUrl: must be https:// and a host');
  });

  test.each([
    'arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg',
    'arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg:',
    'arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg:$LATEST',
    'arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg:0',
    'arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg:3 ',
  ])('the layer %j, for its version', (ffmpegLayerArn) => {
    expect(make({ ffmpegLayerArn })).toThrow(
      "ffmpegLayerArn: must end in the layer's version, a number after the name",
    );
  });

  test.each([
    '',
    'aftercall-ffmpeg:3',
    'arn:aws:lambda:eu-central-1:123456789012:function:aftercall-ffmpeg:3',
    'arn:aws:s3:eu-central-1:123456789012:layer:aftercall-ffmpeg:3',
    'arn:aws:lambda:eu-central-1:1234:layer:aftercall-ffmpeg:3',
    'arn:aws:lambda::123456789012:layer:aftercall-ffmpeg:3',
    'arn:aws:lambda:eu-central-1:123456789012:layer:aftercall ffmpeg:3',
  ])('the layer %j', (ffmpegLayerArn) => {
    expect(make({ ffmpegLayerArn })).toThrow(
      'ffmpegLayerArn: must be arn:aws:lambda:<region>:<account>:layer:<name>:<version>',
    );
  });
});
