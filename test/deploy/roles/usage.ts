import type { Judged } from './judge.ts';
import { PATHS } from './may.ts';
import { isAllowed, type Statement } from './policy.ts';
import type { Role } from './rights.ts';

export interface Usage {
  granted: number;
  used: number;
  /** Not used by a job; each path with how many rights it stands for. */
  named: number;
  superfluous: string[];
}

/** Which of a role's rights its function used, each as one action on one resource of the policy. */
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
