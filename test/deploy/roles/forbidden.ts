import bridge from '../../../bridge.config.ts';
import { type FunctionName, secretTable } from '../../../infra/secrets.ts';
import { ofType } from '../place.ts';
import type { Template } from '../template.ts';
import type { RolesDeployment } from './deployment.ts';
import type { Judge } from './judge.ts';
import { MAY } from './may.ts';
import { MOTO_JUDGES_BY_ACTION_ALONE } from './moto-account.ts';
import { isAllowed } from './policy.ts';
import { type AllTries, triesWith } from './tries.ts';

export interface Verdicts {
  /** By function: forbidden calls that were tried, and how many of them moto refused too. */
  denied: ReadonlyMap<FunctionName, { tried: number; byMoto: number }>;
  misses: string[];
}

/**
 * Tries every action on every resource that a function must not do, with its role's credentials: moto is asked, and the
 * evaluator judges. What the table of rights allows must be allowed by the evaluator.
 * @param judge one that refuses nothing, so that moto is asked too
 */
export const tryForbidden = async (
  deployment: RolesDeployment,
  template: Template,
  judge: Judge,
  prefix: string,
): Promise<Verdicts> => {
  const denied = new Map<FunctionName, { tried: number; byMoto: number }>();
  const misses: string[] = [];
  const unjudged = new Set<string>();
  const things = thingsOf(deployment, template, prefix);
  for (const role of deployment.roles) {
    const tries = triesWith(judge.url, role.credentials, things);
    const counts = { tried: 0, byMoto: 0 };
    for (const { kind, thing, name, resource } of things.list) {
      for (const [action, attempt] of Object.entries(tries[kind])) {
        const say = `${role.name} ${action} on ${thing}`;
        const allowed = isAllowed(role.statements, action, resource);
        if (isRight(role.name, action, thing)) {
          if (!allowed) misses.push(`${say}: it is its task, and its role does not allow it`);
          continue;
        }
        const before = judge.calls.length;
        await attempt(name).catch(() => {}); // both verdicts are the judge's to tell
        const asked = judge.calls[before];
        const need = asked?.call.needs.find((one) => one.action === action && one.resource === resource);
        if (!need) misses.push(`${say}: the recorded call was ${JSON.stringify(asked?.call.needs)}`);
        if (allowed) misses.push(`${say}: it must not, and its role allows it`);
        counts.tried += 1;
        if (asked?.status === 403 && /AccessDenied|not authorized/i.test(asked.why ?? '')) counts.byMoto += 1;
        else if (asked?.status === 403) misses.push(`${say}: moto refused it for another reason: ${asked.why}`);
        else unjudged.add(action.split(':')[0] ?? '');
      }
    }
    denied.set(role.name, counts);
    tries.destroy();
  }
  const wrongly = [...unjudged].filter((service) => !MOTO_JUDGES_BY_ACTION_ALONE.includes(service));
  if (wrongly.length > 0) misses.push(`moto let pass what it can judge: ${wrongly.join(', ')}`);
  const judged = MOTO_JUDGES_BY_ACTION_ALONE.filter((service) => !unjudged.has(service));
  if (judged.length > 0)
    misses.push(`moto judges the resources of ${judged.join(', ')} now: give it their policies as they are`);
  return { denied, misses };
};

const SECRETS = secretTable(bridge.sources);

const isRight = (by: FunctionName, action: string, thing: string): boolean => {
  const [kind, name] = thing.split(' ');
  if (kind !== 'secret') return MAY[by][thing]?.includes(action) ?? false;
  return action === 'ssm:GetParameters' && SECRETS.some((row) => row.name === name && row.readers.includes(by));
};

interface Named {
  kind: Exclude<keyof AllTries, 'destroy'>;
  /** Our word for it. */
  thing: string;
  /** What a request calls it. */
  name: string;
  /** Its ARN. */
  resource: string;
}

const QUEUES = {
  RECORDINGS_QUEUE_URL: 'recordings',
  RECORDINGS_DLQ_URL: 'dead recordings',
  MEMOS_QUEUE_URL: 'memos',
  MEMOS_DLQ_URL: 'dead memos',
} as const;

/** Every resource of the stack that a function could reach. */
const thingsOf = ({ place, resolve }: RolesDeployment, template: Template, prefix: string) => {
  const { resources, functions } = template;
  const only = (type: string) => {
    const found = ofType(resources, type);
    if (found.length !== 1 || !found[0]) throw new Error(`the template has ${found.length} of ${type}`);
    return found[0];
  };
  const arn = (id: string) => String(resolve({ 'Fn::GetAtt': [id, 'Arn'] }));
  const [bucketId] = only('AWS::S3::Bucket');
  const [tableId, { GlobalSecondaryIndexes }] = only('AWS::DynamoDB::GlobalTable');
  const queues = ofType(resources, 'AWS::SQS::Queue').map(([id]): Named => {
    const variable = functions
      .flatMap(({ environment }) => Object.entries(environment))
      .find(([, value]) => (value as { Ref?: string }).Ref === id)?.[0];
    const thing = QUEUES[variable as keyof typeof QUEUES];
    if (!thing) throw new Error(`no function knows the queue ${id}`);
    return { kind: 'queue', thing, name: String(resolve({ Ref: id })), resource: arn(id) };
  });
  const objects = ['audio/', 'inbox/', 'elsewhere/'].map(
    (thing): Named => ({
      kind: 'object',
      thing,
      name: `${thing}nothing`,
      resource: `${arn(bucketId)}/${thing}nothing`,
    }),
  );
  const indexes = (GlobalSecondaryIndexes as { IndexName: string }[]).map(
    ({ IndexName: name }): Named => ({
      kind: 'index',
      thing: `index ${name}`,
      name,
      resource: `${arn(tableId)}/index/${name}`,
    }),
  );
  const parameter = (name: string) => `arn:aws:ssm:${place.region}:${place.account}:parameter${name}`;
  const names = [...new Set(SECRETS.map(({ name }) => name))];
  const secrets = [
    ...names.map((name) => [`secret ${name}`, prefix + name] as const),
    ['all secrets', prefix] as const,
  ];
  const list: Named[] = [
    ...queues,
    ...objects,
    { kind: 'bucket', thing: 'bucket', name: '', resource: arn(bucketId) },
    { kind: 'table', thing: 'ledger', name: '', resource: arn(tableId) },
    ...indexes,
    ...secrets.map(([thing, name]): Named => ({ kind: 'secret', thing, name, resource: parameter(name) })),
  ];
  return { list, bucket: place.nameOf(bucketId), table: place.nameOf(tableId) };
};
