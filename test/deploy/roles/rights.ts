import type { FunctionName } from '../../../infra/secrets.ts';
import { ofType, type Place, type Resources, resolverOf } from '../place.ts';
import type { Template } from '../template.ts';
import { type Statement, statementsOf } from './policy.ts';

export interface Role {
  name: FunctionName;
  /** Its trust policy, resolved. */
  trust: unknown;
  /** Its policies, resolved, as the template has them. */
  documents: unknown[];
  statements: readonly Statement[];
}

/**
 * Each function's role with all its policies, as the template gives them.
 * @throws Error for a role that has rights in a way that is not read here
 */
export const rolesOf = (template: Template, place: Place): Role[] => {
  const { resources } = template;
  const resolve = resolverOf(resources, place);
  return template.functions.map(({ id, name }) => {
    const { Role: roleArn } = resources[id]?.Properties ?? {};
    const [roleId = ''] = (roleArn as { 'Fn::GetAtt': string[] })['Fn::GetAtt']; // as CDK refers to a role
    const { AssumeRolePolicyDocument, ...rest } = resources[roleId]?.Properties ?? {};
    const unread = Object.keys(rest);
    if (unread.length > 0)
      throw new Error(`${name}'s role has ${unread.join(', ')}: only policies of its own are read`);
    const documents = policiesOf(resources, roleId).map(resolve);
    return { name, trust: resolve(AssumeRolePolicyDocument), documents, statements: documents.flatMap(statementsOf) };
  });
};

/** CDK moves what is too long for a role's own policy into managed ones. */
const POLICIES = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'];

const policiesOf = (resources: Resources, roleId: string): unknown[] =>
  POLICIES.flatMap((type) => ofType(resources, type)).flatMap(([, { Roles, PolicyDocument }]) =>
    (Roles as { Ref: string }[]).some(({ Ref }) => Ref === roleId) ? [PolicyDocument] : [],
  );
