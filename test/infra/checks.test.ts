import { Validations } from 'aws-cdk-lib';
import type { NagPack } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { expect, test } from 'vitest';
import { acknowledgeChecks, checkPacks } from '../../infra/checks.ts';
import { synthesise } from './synthesised.ts';

const { app, template, aftercall, other } = synthesise({ alarms: { email: 'ops@example.com' } });
const findings = (packs: NagPack[], scope: IConstruct = aftercall): string[] =>
  packs.flatMap((pack) => pack.validateScope(scope).violations.map(({ ruleName }) => ruleName));

const before = findings(checkPacks(app));
acknowledgeChecks(aftercall);

test('no rule of cdk-nag is broken without a reason', () => {
  expect(before.length).toBeGreaterThan(0);
  expect(findings(checkPacks(app))).toEqual([]);
});

test('nor by a bridge whose alarms are sent by e-mail', () => {
  acknowledgeChecks(other.aftercall);
  expect(findings(checkPacks(app), other.aftercall)).toEqual([]);
});

test('no reason is kept for a rule that is not broken', () => {
  expect(acknowledged(aftercall)).toEqual(new Set(before));
});

test('the template changes only on purpose', () => {
  const masked = JSON.stringify(template.toJSON(), null, 2).replaceAll(/[0-9a-f]{64}\.zip/g, '<asset>.zip');
  expect(JSON.parse(masked)).toMatchSnapshot();
});

const acknowledged = (scope: IConstruct): Set<string> =>
  new Set(
    scope.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(data).map((id) => id.replace(/^annotation::/i, ''))),
  );
