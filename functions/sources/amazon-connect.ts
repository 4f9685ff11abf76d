import * as z from 'zod';
import { badConfiguration } from '../core/model/bad-configuration.ts';
import type { CallFacts, Source } from '../core/ports/source.ts';
import { fileId } from '../core/source/file-id.ts';
import { objectSource } from '../core/source/object-source.ts';
import { orMistakes } from '../core/source/or-mistakes.ts';
import { fact } from '../core/source/read-json.ts';

export interface AmazonConnectOptions {
  /** `arn:aws:connect:<region>:<account>:instance/<id>`. Without it, the bridge does not ask Connect who called whom. */
  instanceArn?: string | undefined;
  /** The contact attribute in which a flow names the chat. @default none */
  chatAttribute?: string;
  /** The recordings of a flow's own part of a call (`CallRecordings/ivr/`) become memos too. @default false */
  ivr?: boolean;
  /** Where the API is, for a stand-in on a laptop. @default AWS's own, in the region of the instance */
  apiUrl?: string | undefined;
}

/**
 * Amazon Connect: it writes each recording into the bucket of its instance. The file's name begins with the contact's id, by which
 * `DescribeContact` says who called whom. https://docs.aws.amazon.com/connect/latest/APIReference/API_DescribeContact.html
 */
export const amazonConnect = (options: AmazonConnectOptions): Source =>
  orMistakes('amazon-connect', () => make(options));

const make = ({ instanceArn, chatAttribute, ivr = false, apiUrl }: AmazonConnectOptions): Source => {
  const instance = instanceArn === undefined ? undefined : instanceIn(instanceArn);
  return objectSource({
    kind: 'amazon-connect',

    classifyObject({ bucket, key }, source) {
      const reason = whyIgnored(key, ivr);
      if (reason) return { kind: 'ignored', reason };
      const contact = CONTACT.exec(key)?.[1];
      const id = fileId(contact ?? 'object', `${bucket}/${key}`);
      const recording = { source, id, ...(contact && { callId: contact }) };
      return { kind: 'recordings', recordings: [{ ...recording, media: { kind: 'object', bucket, key } }] };
    },

    lookUpParties({ callId }) {
      if (!instance || callId === undefined) return undefined;
      const { region, id } = instance;
      return {
        url: `${apiUrl ?? `https://connect.${region}.amazonaws.com`}/contacts/${id}/${encodeURIComponent(callId)}`,
        aws: { service: 'connect', region },
        ...(chatAttribute !== undefined && { mayNameChat: true as const }),
        read: (json) => readContact(json, chatAttribute),
      };
    },

    fetch: {
      hosts: [],
      notYet: [404],
      whenRefused: 'store needs the right connect:DescribeContact on this instance: docs/sources/amazon-connect.md',
      ...(instanceArn !== undefined && {
        awsRights: [{ action: 'connect:DescribeContact', resource: `${instanceArn}/contact/*` }],
      }),
    },
  });
};

const instanceIn = (arn: string): { region: string; id: string } => {
  const [, region, id] = /^arn:[a-z-]+:connect:([a-z0-9-]+):\d{12}:instance\/([0-9a-f-]{36})$/.exec(arn) ?? [];
  if (region !== undefined && id !== undefined) return { region, id };
  throw badConfiguration(['instanceArn: must be arn:aws:connect:<region>:<account>:instance/<id>']);
};

/** Only the file's name is used: the folders above it are configurable, and known from third parties only. */
const CONTACT = /(?:^|\/)([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})_[^/]*$/i;

const whyIgnored = (key: string, ivr: boolean): string | undefined => {
  if (!/\.wav$/i.test(key)) return 'no WAV, so no recording';
  if (/(^|\/)Analysis\//.test(key) || /redacted/i.test(key)) return 'a copy that Contact Lens has made of a recording';
  if (!ivr && /\/ivr\//i.test(key))
    return 'the part of the call before an agent (IVR): set ivr: true in bridge.config.ts to take these too';
  return undefined;
};

const endpointSchema = fact(z.object({ Type: fact(z.string()), Address: fact(z.string().trim().min(1).max(256)) }));
const answerSchema = z.object({
  Contact: z.object({
    InitiationMethod: fact(z.string()),
    CustomerEndpoint: endpointSchema,
    SystemEndpoint: endpointSchema,
    Attributes: fact(z.record(z.string(), z.unknown())),
  }),
});

const readContact = (json: unknown, chatAttribute: string | undefined): CallFacts | undefined => {
  const contact = answerSchema.safeParse(json).data?.Contact;
  if (!contact) return undefined;
  const { InitiationMethod = '', CustomerEndpoint, SystemEndpoint, Attributes } = contact;
  const [customer, system] = [numberOf(CustomerEndpoint), numberOf(SystemEndpoint)];
  const direction = DIRECTIONS.get(InitiationMethod ?? '');
  const [from, to] = direction === 'outbound' ? [system, customer] : [customer, system];
  const chat = chatAttribute === undefined ? undefined : z.guid().safeParse(Attributes?.[chatAttribute]).data;
  return { ...(from && { from }), ...(to && { to }), ...(direction && { direction }), ...(chat && { chat }) };
};

/** The other types are the ARN of a flow or of a number, and an address of e-mail. */
const numberOf = (endpoint: z.infer<typeof endpointSchema>): string | undefined =>
  endpoint?.Type === 'TELEPHONE_NUMBER' || endpoint?.Type === 'VOIP' ? (endpoint.Address ?? undefined) : undefined;

/** No direction for a transferred contact, and for one that a flow began: the route's line then shows which number is the other end. */
const DIRECTIONS: ReadonlyMap<string, 'inbound' | 'outbound'> = new Map([
  ['INBOUND', 'inbound'],
  ['OUTBOUND', 'outbound'],
  ['EXTERNAL_OUTBOUND', 'outbound'],
  ['CALLBACK', 'outbound'],
  ['API', 'outbound'],
]);
