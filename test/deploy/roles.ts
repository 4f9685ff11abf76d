import { secretTable } from '../../infra/secrets.ts';
import { pythonTool } from '../tools/python-tool.ts';
import bridge from './bridge-with-buckets.ts';
import { newChecks } from './checks.ts';
import { PREFIX } from './context.ts';
import { newSecrets } from './roles/deliveries.ts';
import { deployWithRoles, type RolesDeployment } from './roles/deployment.ts';
import { tryForbidden, tryForged } from './roles/forbidden.ts';
import { runJobs } from './roles/jobs.ts';
import type { Judged } from './roles/judge.ts';
import { wrongRights } from './roles/may.ts';
import { type Role, rolesOf } from './roles/rights.ts';
import { thingsOf } from './roles/things.ts';
import { usageOf } from './roles/usage.ts';
import type { Stage } from './stage.ts';
import type { Template } from './template.ts';

export interface RolesStage {
  /** The template of bridge-with-buckets.ts: its roles have every right that a role can have. */
  withBuckets: () => Promise<Template>;
  /** The shipped template, whose roles have a part of these rights. */
  template: Template;
}

/**
 * Runs each built function with the credentials of its own role on moto, which enforces rights. Everything that the
 * bridge must do succeeds, everything that a function must not do is denied, and no role has an unused right.
 * docs/second-cloud.md says which rights moto judges, and which the evaluator.
 */
export const roles = ({ template: shipped, withBuckets }: RolesStage): Stage => ({
  name: 'AWS calls allowed and denied per role',
  async run() {
    const checks = newChecks();
    const { keys, secrets } = newSecrets();
    const template = await withBuckets();
    const program = await pythonTool('moto_server');
    const userBuckets = (bridge.buckets ?? []).map(({ name }) => name);
    const deployment = await deployWithRoles({ program, template, prefix: PREFIX, secrets, userBuckets });
    try {
      await checks.check('a shipped role has its rights, and no right that the other template does not grant', () =>
        nothing(wrongInShipped(shipped, deployment)),
      );
      await runJobs(deployment, template, keys, checks);
      const { calls, misses } = deployment.judge;
      await checks.check('every call was read, and none refused by either judge', () =>
        nothing([...misses, ...refusals(calls)]),
      );
      await checks.check('what is signed with another key is refused by moto', async () =>
        nothing(await tryForged(deployment, template, deployment.asking)),
      );
      const { denied, misses: wrong } = await tryForbidden(deployment, template, deployment.asking, PREFIX);
      await checks.check('what a function must not do is denied', () =>
        nothing([...wrong, ...deployment.asking.misses]),
      );
      const usages = deployment.roles.map((role) => ({ role, usage: usageOf(role, calls) }));
      await checks.check('no right is superfluous', () => nothing(usages.flatMap(({ usage }) => usage.superfluous)));
      return checks.result(
        usages.map(({ role: { name }, usage: { granted, used, named } }) => {
          const own = calls.filter(({ by, refused, status }) => by === name && refused.length === 0 && status !== 403);
          const { tried = 0, byMoto = 0 } = denied.get(name) ?? {};
          return [
            `${name}: ${own.length} calls allowed by moto and the evaluator`,
            `${granted} rights, ${used} used, ${named} by a named path`,
            `${tried} forbidden calls denied, ${byMoto} by moto and the evaluator, ${tried - byMoto} by the evaluator alone`,
          ].join('; ');
        }),
      );
    } finally {
      await deployment.stop();
    }
  },
});

/** The jobs use the rights of the other template. The shipped rights are those rights, without the ones on buckets of the user. */
const wrongInShipped = (shipped: Template, { place, roles }: RolesDeployment): string[] => {
  const rows = secretTable(bridge.sources);
  const { list } = thingsOf(
    shipped,
    place,
    PREFIX,
    rows.map(({ name }) => name),
    bridge.buckets,
  );
  return rolesOf(shipped, place).flatMap((role) => {
    const granted = new Set(roles.filter(({ name }) => name === role.name).flatMap(rightsOf));
    const more = rightsOf(role).filter((right) => !granted.has(right));
    const wrong = wrongRights(role, list, rows).filter((line) => !/on objects \S+: it is its task/.test(line));
    return [...more.map((right) => `${role.name} ${right}: only the shipped role has it`), ...wrong];
  });
};

const rightsOf = ({ statements }: Pick<Role, 'statements'>): string[] =>
  statements.flatMap(({ effect, actions, resources }) =>
    actions.flatMap((action) => resources.map((resource) => `${effect} ${action} on ${resource}`)),
  );

const nothing = (wrong: readonly string[]) => {
  if (wrong.length > 0) throw new Error(`${wrong.length}: ${[...new Set(wrong)].slice(0, 10).join('\n  ')}`);
};

const refusals = (calls: readonly Judged[]): string[] =>
  calls.flatMap(({ by, call, refused, status, reason }) => {
    const asked = `${by} ${call.service} ${call.operation} (${call.needs.map(({ resource }) => resource).join(', ')})`;
    if (refused.length > 0) return [`the evaluator refused ${asked}`];
    return status === 403 ? [`moto refused ${asked}: ${reason}`] : [];
  });
