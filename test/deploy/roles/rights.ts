import type { FunctionName } from '../../../infra/secrets.ts';
import { ofType, type Place, type Resources, resolverOf } from '../place.ts';
import type { Template } from '../template.ts';
import { type Statement, statementsOf } from './policy.ts';

export interface Role {
  name: FunctionName;
  /** The role's trust policy, resolved. */
  trust: unknown;
  /** The role's policies, resolved, as in the template. */
  documents: unknown[];
  statements: readonly Statement[];
}

/**
 * Each function's role with all its policies, as in the template.
 * @throws Error for a role that has rights in a form that this function does not read
 */
export const rolesOf = (template: Template, place: Place): Role[] => {
  const { resources } = template;
  const resolve = resolverOf(resources, place);
  return template.functions.map(({ id, name }) => {
    const { Role: roleArn } = resources[id]?.Properties ?? {};
    const [roleId = ''] = (roleArn as { 'Fn::GetAtt': string[] })['Fn::GetAtt']; // the reference that CDK writes
    const { AssumeRolePolicyDocument, ...rest } = resources[roleId]?.Properties ?? {};
    const unread = Object.keys(rest);
    if (unread.length > 0)
      throw new Error(`${name}'s role has ${unread.join(', ')}: only policies of its own are read`);
    const documents = policiesOf(resources, roleId).map(resolve);
    return { name, trust: resolve(AssumeRolePolicyDocument), documents, statements: documents.flatMap(statementsOf) };
  });
};

/** CDK moves a policy that is too long for the role's own policy into managed policies. */
const POLICIES = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'];

const policiesOf = (resources: Resources, roleId: string): unknown[] =>
  POLICIES.flatMap((type) => ofType(resources, type)).flatMap(([, { Roles, PolicyDocument }]) =>
    (Roles as { Ref: string }[]).some(({ Ref }) => Ref === roleId) ? [PolicyDocument] : [],
  );
