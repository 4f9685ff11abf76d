import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explainRefusal } from '../../../functions/core/observe/refusal-causes.ts';
import { signedSources } from '../../http/receiving.ts';

/** The reasons in the code of the sources and of their helpers: each text that `refused` gets, and each that a proof returns. */
const reasons = ['functions/sources', 'functions/core/source'].flatMap((folder) =>
  readdirSync(folder).flatMap((file) => {
    const code = readFileSync(`${folder}/${file}`, 'utf8');
    const texts = code.matchAll(
      /(?:refused\(\s*|: refused\(\s*|return )(?:'([^'\n]{12,})'|`([^`\n]{12,})`|"([^"\n]{12,})")/g,
    );
    return [...texts].flatMap(([, single, template, double]) => single ?? template ?? double ?? []);
  }),
);

/** These say that the event itself has the wrong form. */
const OF_THE_FORM =
  /has no t in seconds|is not a number of seconds|is no date|is not base64|is not v1|too many parameters|not HS256|not of HS256|needed in the JSON|SharedKey|algorithm|is none$|takes no webhooks|does not match the body/;

describe('every reason for which a source refuses a webhook is explained:', () => {
  test('there are many of them', () => expect(reasons.length).toBeGreaterThan(30));

  test.each(
    reasons.filter(
      (reason) => /match|needed|stale|another|not the one|expired|issuer/.test(reason) && !OF_THE_FORM.test(reason),
    ),
  )('%s', (reason) => {
    const { says, causes } = explainRefusal(reason, signedSources().twilio);
    expect(says).not.toBe('the webhook cannot be read');
    expect(causes.length).toBeGreaterThan(0);
    for (const cause of causes) expect(cause).toMatch(/\.$/);
  });
});

test('a signature that does not match names the secret, and the URL where the signature covers the URL', () => {
  const { twilio, 'standard-webhooks': standard } = signedSources();
  expect(explainRefusal('x-twilio-signature does not match', twilio).causes.join(' ')).toMatch(
    /TWILIO_AUTH_TOKEN.*PUBLIC_URL/,
  );
  const ofTheBody = explainRefusal('webhook-signature does not match', standard).causes.join(' ');
  expect(ofTheBody).toContain('STANDARD_WEBHOOKS_SECRET');
  expect(ofTheBody).not.toContain('PUBLIC_URL');
});
