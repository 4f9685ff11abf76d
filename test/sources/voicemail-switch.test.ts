import { expect, test } from 'vitest';
import { authentic, type Source } from '../../functions/core/ports/source.ts';
import { dialpad } from '../../functions/sources/dialpad.ts';
import { quo } from '../../functions/sources/quo.ts';
import { ringcentral } from '../../functions/sources/ringcentral.ts';
import { zoomPhone } from '../../functions/sources/zoom-phone.ts';
import { loadFixtures, pick } from '../fixtures.ts';

const secret = { name: 'SECRET' };
const oauth = { clientId: secret, clientSecret: secret };
const made: Record<string, (voicemail?: false) => Source> = {
  quo: (voicemail) => quo({ webhookSecret: secret, ...(voicemail === false && { voicemail }) }),
  dialpad: (voicemail) => dialpad({ webhookSecret: secret, apiKey: secret, ...(voicemail === false && { voicemail }) }),
  'zoom-phone': (voicemail) =>
    zoomPhone({ secretToken: secret, accountId: secret, ...oauth, ...(voicemail === false && { voicemail }) }),
  ringcentral: (voicemail) =>
    ringcentral({ validationToken: secret, jwt: secret, ...oauth, ...(voicemail === false && { voicemail }) }),
};

test.each(Object.entries(made))('a voicemail of %s makes a memo, and none with voicemail: false', (name, make) => {
  const proof = authentic(pick(loadFixtures(name), 'voicemail').request);
  if (proof.kind !== 'authentic') throw new Error('it is authentic');
  expect(make().classify(proof.event, name)).toMatchObject({ kind: 'recordings' });
  expect(make(false).classify(proof.event, name)).toEqual({
    kind: 'ignored',
    reason: 'a voicemail, and voicemail is false in bridge.config.ts',
  });
});
