import type { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock, Recordings } from '../core/ports/ports.ts';
import type { ApiQuestion } from '../core/ports/source.ts';

/** What signs a request to AWS. Each client of the SDK has both. */
export type AwsIdentity = Pick<SQSClient['config'], 'credentials' | 'sha256'>;

/**
 * Asks an API of AWS that has no client here, with the function's own rights: Signature Version 4, through the same guard as every
 * question. The signature goes to the API's own host alone.
 */
export const awsQuestions = (
  http: Pick<Recordings, 'ask'>,
  { identity, clock }: { identity: AwsIdentity; clock: Clock },
): Pick<Recordings, 'ask'> => ({
  async ask(question, recording, plan) {
    const { hostname } = new URL(question.url);
    const credentials = async () => [await signedHeaders(question, identity, clock)];
    return http.ask(question, recording, { ...plan, hosts: [hostname], credentials, credentialHosts: [hostname] });
  },
});

/** The headers that sign a GET without a body. */
export const signedHeaders = async (
  { url, aws }: Pick<ApiQuestion<unknown>, 'url' | 'aws'>,
  { credentials, sha256 }: AwsIdentity,
  clock: Clock,
): Promise<Record<string, string>> => {
  const { protocol, host, hostname, pathname, searchParams } = new URL(url);
  const { service = '', region = '' } = aws ?? {};
  const signer = new SignatureV4({ service, region, credentials, sha256, applyChecksum: false });
  const query = Object.fromEntries(searchParams);
  const request = { method: 'GET', protocol, hostname, path: pathname, query, headers: { host } };
  const { headers } = await signer.sign(request, { signingDate: new Date(clock.nowMs()) });
  const { host: _sentAnyway, ...others } = headers;
  return others;
};
