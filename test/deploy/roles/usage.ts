import type { Judged } from './judge.ts';
import { PATHS } from './may.ts';
import { isAllowed, type Statement } from './policy.ts';
import type { Role } from './rights.ts';

export interface Usage {
  granted: number;
  used: number;
  /** How many rights no job uses and a path in may.ts explains. */
  named: number;
  superfluous: string[];
}

/** Counts the rights of a role that its function used. A right is one action on one resource of the policy. */
export const usageOf = ({ name, statements }: Role, calls: readonly Judged[]): Usage => {
  const needs = calls
    .filter(({ by }) => by === name)
    .flatMap(({ call, told }) => [...call.needs, ...(told ? [told] : [])]);
  const rights = statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((resource) => ({ action, resource }))),
    );
  const unused = rights.filter((right) => !needs.some((need) => isAllowed([only(right)], need.action, need.resource)));
  const superfluous = unused.filter(
    ({ action, resource }) =>
      !PATHS.some((path) => path.by.includes(name) && path.action.test(action) && path.resource.test(resource)),
  );
  return {
    granted: rights.length,
    used: rights.length - unused.length,
    named: unused.length - superfluous.length,
    superfluous: superfluous.map(({ action, resource }) => `${name} ${action} on ${resource}`),
  };
};

const only = ({ action, resource }: { action: string; resource: string }): Statement => ({
  effect: 'Allow',
  actions: [action],
  resources: [resource],
});
