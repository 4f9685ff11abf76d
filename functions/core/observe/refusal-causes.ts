import type { Source } from '../ports/source.ts';
import { OFF } from '../receive/trace-webhooks.ts';

/** What a reason means in plain words, and its likely causes, the likeliest first. Each cause says what to do. */
export interface Refusal {
  /** `the signature does not match` */
  says: string;
  causes: readonly string[];
}

type Facts = Pick<Source, 'secrets' | 'covers'>;

/** The likely causes of a refusal, by the reason that the source gives. */
export const explainRefusal = (reason: string, source: Facts | undefined): Refusal => {
  const kind = KINDS.find(({ matches }) => matches.test(reason)) ?? OTHER;
  const names = (source?.secrets ?? []).map(({ name }) => name);
  const said = {
    secrets: names.length > 0 ? names.join(', ') : 'the secret of this source',
    set: names.length > 0 ? names.map((name) => `\`npx aftercall secrets set ${name}\``).join(', ') : 'set its secret',
    signsUrl: source?.covers.url === true,
  };
  return { says: kind.says, causes: kind.causes(said) };
};

interface Kind {
  matches: RegExp;
  says: string;
  causes: (said: Said) => string[];
}

interface Said {
  /** The names of the secrets. */
  secrets: string;
  /** The commands that set them. */
  set: string;
  signsUrl: boolean;
}

const RESTART = 'On a laptop then stop `npm start` and run it again.';

const SIGNED_URL =
  'The vendor has another URL than PUBLIC_URL. The signature covers the URL: compare every character, also http and https.';
const STRANGER = 'Somebody else posts to this hook. Do nothing: the bridge refuses such webhooks.';

const KINDS: readonly Kind[] = [
  {
    matches: new RegExp(OFF),
    says: 'the source is off',
    causes: ({ set }) => [`A secret is absent: ${set}. ${RESTART} A stage needs a deploy.`],
  },
  {
    matches: /in bridge\.config\.ts allow|than buckets says|among the buckets/,
    says: 'the object lies where the bridge may not read',
    causes: () => [
      'The recordings lie below another prefix, or in another bucket or account, than `buckets` in bridge.config.ts says. Correct the entry, and start the bridge again, or deploy again.',
      'Somebody else writes into this bucket. Do nothing: the bridge refuses such objects, and never reads them.',
    ],
  },
  {
    matches: /takes no objects/,
    says: 'the bucket names a source that takes webhooks',
    causes: () => [
      'Leave `source` out of the entry of `buckets` in bridge.config.ts: only a source without a hook takes objects.',
    ],
  },
  {
    matches: /stale|too old|in the future|expired/,
    says: 'the webhook is too old',
    causes: () => [
      'The vendor repeats an old webhook. Do nothing.',
      'The clock of this machine is wrong. Compare it with a time server.',
    ],
  },
  {
    matches: /another (account|application|API key)|not the URL of this hook|issuer/,
    says: 'the webhook belongs to another account or hook',
    causes: ({ secrets }) => [`The account here is another one than at the vendor. Compare ${secrets}.`, STRANGER],
  },
  {
    matches: /(does|do) not match|not the one that|not signed by|is not the key|no key signed/,
    says: 'the signature does not match',
    causes: ({ set, signsUrl }) => [
      `The secret here is another one than at the vendor. Copy it again: ${set}. ${RESTART}`,
      ...(signsUrl ? [SIGNED_URL] : []),
      STRANGER,
    ],
  },
  {
    matches: /(is|are) needed|is no JWT|one scheme only/,
    says: 'the webhook has no signature',
    causes: () => [
      'The webhook was set up at the vendor without a secret, or with another way to sign. Set it up as the page of this source says.',
      STRANGER,
    ],
  },
  {
    matches: /chat:|PUBLIC_URL|hookQuery|direction:/,
    says: 'the hook URL has a mistake',
    causes: () => ['The query of the hook URL at the vendor is wrong. Correct the URL as the reason says.'],
  },
];

const OTHER: Kind = {
  matches: /.*/,
  says: 'the webhook cannot be read',
  causes: () => [
    'The vendor sends another form than its documents say, or another kind of event. Compare the events that the hook is subscribed to with the page of this source.',
    STRANGER,
  ],
};
