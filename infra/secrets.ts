import type { FetchPlan, Source } from '../functions/core/ports/source.ts';

export type FunctionName = 'receive' | 'store' | 'send' | 'api' | 'tend';

/** The configured sources by name, as far as the stack uses them. */
export type ConnectedSources = Readonly<
  Record<
    string,
    Pick<Source, 'secrets' | 'classifyObject'> & { readonly fetch: Pick<FetchPlan, 'secrets' | 'awsRights'> }
  >
>;

export interface SecretRow {
  name: string;
  readers: readonly FunctionName[];
}

/** Which function may read which secret. Every permission to read a secret is made from this table. */
export const secretTable = (sources: ConnectedSources): readonly SecretRow[] => [
  ...Object.values(sources).flatMap(({ secrets, fetch }) => [
    ...secrets.map(({ name }): SecretRow => ({ name, readers: ['receive'] })),
    ...(fetch.secrets ?? []).map(({ name }): SecretRow => ({ name, readers: ['store'] })),
  ]),
  { name: 'LINQ_API_V3_API_KEY', readers: ['send'] },
  { name: 'LINQ_WEBHOOK_SECRET', readers: ['api'] },
  { name: 'AFTERCALL_API_KEY', readers: ['api'] },
];

/** The names that one function may read, each once: two sources may share a secret. */
export const secretsOf = (name: FunctionName, table: readonly SecretRow[]): readonly string[] => [
  ...new Set(table.filter(({ readers }) => readers.includes(name)).map((row) => row.name)),
];

/** The path of a stage's SecureStrings. A person creates them; the stack only names them. */
export const secretsPrefix = (stage: string): string => `/aftercall/${stage}/`;
