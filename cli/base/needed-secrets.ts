import { existsSync } from 'node:fs';
import type { Bridge } from '../../functions/config.ts';
import type { SecretStore } from '../../functions/core/ports/ports.ts';
import type { SecretRef } from '../../functions/core/ports/source.ts';
import { API_KEY } from '../../functions/core/source/secret-values.ts';
import { ofStandardWebhooks } from '../../functions/core/source/signature.ts';

export interface NeededSecret {
  name: string;
  /** What the bridge needs it for. */
  for: string[];
  values: number;
  /** Why some of its values are not used. */
  faults: readonly string[];
}

/** Needed with any sources. */
export const OURS: readonly { ref: SecretRef; for: string }[] = [
  { ref: { name: 'LINQ_API_V3_API_KEY' }, for: 'sending memos by Linq' },
  { ref: ofStandardWebhooks({ name: 'LINQ_WEBHOOK_SECRET' }), for: "Linq's receipts and STOP" },
  { ref: API_KEY, for: 'the API, the page and this command' },
];

/** Every secret that this bridge can use, with its uses and the number of its values. */
export const neededSecrets = async (bridge: Bridge, secrets: SecretStore): Promise<NeededSecret[]> =>
  Promise.all(
    usesOf(bridge).map(async ({ ref, for: what }) => ({
      name: ref.name,
      for: what,
      values: (await secrets.read(ref)).length,
      faults: await secrets.faults(ref),
    })),
  );

/** A secret by its name; undefined where this bridge does not use it. */
export const neededSecret = (bridge: Bridge, name: string): SecretRef | undefined =>
  usesOf(bridge).find(({ ref }) => ref.name === name)?.ref;

const usesOf = ({ sources }: Bridge): { ref: SecretRef; for: string[] }[] => {
  const uses = new Map<string, { ref: SecretRef; for: string[] }>();
  const use = (ref: SecretRef, what: string) =>
    uses.set(ref.name, { ref, ...uses.get(ref.name), for: [...(uses.get(ref.name)?.for ?? []), what] });
  for (const { ref, for: what } of OURS) use(ref, what);
  for (const [source, { secrets: proof, fetch }] of Object.entries(sources)) {
    for (const ref of proof) use(ref, `${source}: checks its webhooks`);
    const fetching = (fetch.secrets ?? []).filter(({ name }) => !proof.some((each) => each.name === name));
    for (const ref of fetching) use(ref, `${source}: fetches its recordings`);
  }
  return [...uses.values()];
};

/** The command that sets a secret. */
export const howToSet = (name: string, stage: string | undefined): string =>
  `npx aftercall secrets set ${name}${stage === undefined ? '' : ` --stage ${stage}`}`;

/** The page that describes the set-up of a source at its vendor. */
export const pageOf = (kind: string): string => {
  const page = `docs/sources/${kind === 'svix' ? 'standard-webhooks' : kind}.md`;
  return existsSync(new URL(`../../${page}`, import.meta.url)) ? page : 'docs/add-a-source.md';
};
