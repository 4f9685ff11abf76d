import { REGION } from '../../../local/cloud/resources.ts';
import type { Statement } from './policy.ts';
import type { Role } from './rights.ts';

export interface RoleCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/**
 * Services whose resources moto 5.2 does not judge: moto/core/responses.py uses `*` for the resource of a service that
 * names no resource. moto's copy of their policies is wider; the evaluator judges these services by the template's own
 * policies.
 */
export const MOTO_JUDGES_BY_ACTION_ALONE: readonly string[] = ['dynamodb', 'ssm'];
/** moto asks for a right to the batch call, which IAM does not have. AWS asks for the right to the single call. */
const BATCHES: Readonly<Record<string, string>> = {
  'sqs:SendMessage': 'sqs:SendMessageBatch',
  'sqs:DeleteMessage': 'sqs:DeleteMessageBatch',
  'sqs:ChangeMessageVisibility': 'sqs:ChangeMessageVisibilityBatch',
};

/** Makes a function's role in moto with the template's policy, and assumes the role as Lambda does. */
export const assumeRole = async (endpoint: string, account: string, role: Role): Promise<RoleCredentials> => {
  const RoleName = `aftercall-${role.name}`;
  await ask(endpoint, 'iam', {
    Action: 'CreateRole',
    Version: '2010-05-08',
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify(role.trust),
  });
  await ask(endpoint, 'iam', {
    Action: 'PutRolePolicy',
    Version: '2010-05-08',
    RoleName,
    PolicyName: 'of-the-template',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: role.statements.map(forMoto) }),
  });
  const answer = await ask(endpoint, 'sts', {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: `arn:aws:iam::${account}:role/${RoleName}`,
    RoleSessionName: role.name,
  });
  const text = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1] ?? '';
  return {
    accessKeyId: text('AccessKeyId'),
    secretAccessKey: text('SecretAccessKey'),
    sessionToken: text('SessionToken'),
  };
};

/** After this call moto checks each request's signature, and the policy of its role. */
export const enforceRights = async (endpoint: string): Promise<void> => {
  const answer = await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  if (!answer.ok) throw new Error(`moto's reset-auth answered ${answer.status}: ${await answer.text()}`);
};

const forMoto = ({ effect, actions, resources }: Statement) => {
  const services = new Set(actions.map((action) => action.split(':')[0] ?? ''));
  const widened = [...services].some((service) => MOTO_JUDGES_BY_ACTION_ALONE.includes(service));
  return {
    Effect: effect,
    Action: actions.flatMap((action) => [action, BATCHES[action] ?? []]).flat(),
    Resource: widened ? '*' : resources,
  };
};

/** IAM and STS use the query protocol. moto reads the service from the credential's scope, and checks no rights yet. */
const ask = async (endpoint: string, service: string, parameters: Record<string, string>): Promise<string> => {
  const scope = `AWS4-HMAC-SHA256 Credential=setup/20260101/${REGION}/${service}/aws4_request`;
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `${scope}, SignedHeaders=host, Signature=none` },
    body: new URLSearchParams(parameters),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`moto answered ${answer.status} to ${parameters.Action}: ${text}`);
  return text;
};
