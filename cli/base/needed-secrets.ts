import { existsSync } from 'node:fs';
import type { Bridge } from '../../functions/config.ts';
import type { Secrets } from '../../functions/core/ports.ts';

export interface NeededSecret {
  name: string;
  /** Who needs it, in words. */
  for: string[];
  values: number;
}

const OURS: readonly { name: string; for: string }[] = [
  { name: 'LINQ_API_V3_API_KEY', for: 'sending by Linq' },
  { name: 'LINQ_WEBHOOK_SECRET', for: "Linq's receipts" },
  { name: 'AFTERCALL_API_KEY', for: 'the API and this command' },
];

/** Every secret that this bridge can use, each once, with who needs it and how many values it has. */
export const neededSecrets = async ({ sources }: Bridge, secrets: Secrets): Promise<NeededSecret[]> => {
  const uses = new Map<string, string[]>();
  const use = (name: string, what: string) => uses.set(name, [...(uses.get(name) ?? []), what]);
  for (const { name, for: what } of OURS) use(name, what);
  for (const [source, { secrets: proof, fetch }] of Object.entries(sources)) {
    for (const { name } of proof) use(name, `${source}: proves it`);
    const fetching = (fetch.secrets ?? []).filter(({ name }) => !proof.some((each) => each.name === name));
    for (const { name } of fetching) use(name, `${source}: fetches its recordings`);
  }
  return Promise.all(
    [...uses].map(async ([name, what]) => ({ name, for: what, values: (await secrets.read({ name })).length })),
  );
};

/** How a secret comes to be there. */
export const howToSet = (name: string, stage: string | undefined): string =>
  stage === undefined ? `export ${name}=…` : `npx aftercall secrets set ${name} --stage ${stage}`;

/** The page about a kind of source: what to click at the vendor. */
export const pageOf = (kind: string): string => {
  const page = `docs/sources/${kind === 'svix' ? 'standard-webhooks' : kind}.md`;
  return existsSync(new URL(`../../${page}`, import.meta.url)) ? page : 'docs/add-a-source.md';
};
