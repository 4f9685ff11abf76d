import { type FunctionName, secretTable } from '../../../infra/secrets.ts';
import bridge from '../bridge-with-buckets.ts';
import type { Template } from '../template.ts';
import type { RolesDeployment } from './deployment.ts';
import type { Judge } from './judge.ts';
import { isRight, wrongRights } from './may.ts';
import { MOTO_JUDGES_BY_ACTION_ALONE } from './moto-account.ts';
import { thingsOf } from './things.ts';
import { ACTIONS, triesWith } from './tries.ts';

export interface Verdicts {
  /** By function: how many forbidden calls were tried, and how many of them moto refused too. */
  denied: ReadonlyMap<FunctionName, { tried: number; byMoto: number }>;
  misses: string[];
}

/**
 * Shows that moto enforces rights: of every service, moto must refuse a request that was signed with another key than
 * the role's.
 */
export const tryForged = async (
  { roles, place }: RolesDeployment,
  template: Template,
  judge: Judge,
): Promise<string[]> => {
  const [role] = roles;
  if (!role) throw new Error('the template has no role');
  const things = thingsOf(template, place, '/', ['nothing']);
  const tries = triesWith(judge.url, { ...role.credentials, secretAccessKey: 'another' }, things);
  const passed: string[] = [];
  for (const { kind, name, thing } of things.list) {
    const [action = ''] = ACTIONS[kind];
    const before = judge.calls.length;
    await tries[kind][action]?.(name).catch(() => {}); // the judge has recorded moto's verdict
    const { status, reason = '' } = judge.calls[before] ?? {};
    if (status !== 403 || !/SignatureDoesNotMatch/.test(reason))
      passed.push(`${action} on ${thing}: ${status} ${reason}`);
  }
  tries.destroy();
  return passed;
};

/**
 * Tries every forbidden action of each function on every resource, with the credentials of its role. moto answers each
 * call, and the evaluator judges it. The evaluator must allow everything that the table of rights allows.
 * @param judge a judge that refuses nothing, so that moto answers too
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
  const rows = secretTable(bridge.sources);
  const names = rows.map(({ name }) => name);
  const things = thingsOf(template, deployment.place, prefix, names, bridge.buckets);
  for (const role of deployment.roles) {
    misses.push(...wrongRights(role, things.list, rows));
    const tries = triesWith(judge.url, role.credentials, things);
    const counts = { tried: 0, byMoto: 0 };
    for (const { kind, thing, name, resource } of things.list) {
      for (const action of ACTIONS[kind]) {
        const say = `${role.name} ${action} on ${thing}`;
        if (isRight(role.name, action, thing, rows)) continue;
        const before = judge.calls.length;
        await tries[kind][action]?.(name).catch(() => {}); // the judge has recorded both verdicts
        const asked = judge.calls[before];
        const need = asked?.call.needs.find((one) => one.action === action && one.resource === resource);
        if (!need) misses.push(`${say}: the recorded call was ${JSON.stringify(asked?.call.needs)}`);
        counts.tried += 1;
        if (asked?.status === 403 && /AccessDenied|not authorized/i.test(asked.reason ?? '')) counts.byMoto += 1;
        else if (asked?.status === 403) misses.push(`${say}: moto refused it for another reason: ${asked.reason}`);
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
