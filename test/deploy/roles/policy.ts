/** A statement of an identity policy, with its resources resolved. */
export interface Statement {
  effect: 'Allow' | 'Deny';
  actions: readonly string[];
  resources: readonly string[];
}

/**
 * IAM's decision on one action on one resource, by one role's own policies. A Deny wins over an Allow; without an
 * Allow the action is denied.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const isAllowed = (statements: readonly Statement[], action: string, resource: string): boolean => {
  const meant = statements.filter(
    ({ actions, resources }) =>
      actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
      resources.some((pattern) => matches(pattern, resource)),
  );
  return meant.length > 0 && meant.every(({ effect }) => effect === 'Allow');
};

/** `*` stands for any characters, `?` for one character, and every other character for itself. */
const matches = (pattern: string, text: string): boolean => {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
};

/**
 * @param document a policy of the template, with its values resolved
 * @throws Error for what this evaluator does not judge: conditions and the negated elements. None of the roles uses
 * them.
 */
export const statementsOf = (document: unknown): Statement[] => {
  const { Statement: all } = document as { Statement: Record<string, unknown>[] }; // IAM's own shape
  return all.map(({ Effect, Action, Resource, Sid: _name, ...rest }) => {
    const unknown = Object.keys(rest);
    if (unknown.length > 0) throw new Error(`a role's policy has ${unknown.join(', ')}, which is not judged here`);
    if (Effect !== 'Allow' && Effect !== 'Deny') throw new Error(`a role's policy has the effect ${Effect}`);
    return { effect: Effect, actions: [Action].flat().map(String), resources: [Resource].flat().map(String) };
  });
};
