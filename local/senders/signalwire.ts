import type { Call } from '../post-json.ts';
import { formBody, signForm } from './signalwire.sign.ts';

const KEY = 'PSK_842d163e888d540ab382adc7';

export const deliver = ({ hookUrl, recordingUrl, id }: Call) => {
  const uuid = id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const parameters: [string, string][] = [
    ['AccountSid', '5f5dbf85-ba08-4e7b-aa99-b12c9df9807f'],
    ['CallSid', 'ba1cdf7f-4c54-4b2f-a8cf-ef07be7319b7'],
    ['RecordingSid', uuid],
    ['RecordingUrl', recordingUrl],
    ['RecordingStatus', 'completed'],
    ['RecordingDuration', '3'],
    ['RecordingChannels', '1'],
    ['RecordingSource', 'RecordVerb'],
  ];
  return {
    secrets: { SIGNALWIRE_SIGNING_KEY: KEY },
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-signalwire-signature': signForm(KEY, hookUrl, parameters),
    },
    body: formBody(parameters),
  };
};
