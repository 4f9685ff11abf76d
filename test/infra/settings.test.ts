import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };

// A deploy from a shell that has settings of the local bridge, and the next one from a shell without them.

const root = fileURLToPath(new URL('../..', import.meta.url));
const configured = readFileSync(join(root, 'bridge.config.ts'), 'utf8');
const names = [...configured.matchAll(/setting\('(\w+)'\)/g)].map(([, name = '']) => name);
const special: Readonly<Record<string, string>> = {
  CONNECT_INSTANCE_ARN: 'arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-4333-8444-555555555555',
  VAPI_API_HOST: 'api.eu.vapi.ai',
  ELEVENLABS_API_HOST: 'api.eu.residency.elevenlabs.io',
};
const given = (name: string) => special[name] ?? 'https://api.example.com';
const settings = Object.fromEntries(names.map((name) => [name, given(name)]));

/** Runs the app as the CDK's command runs it, without bundles. */
const synthesised = async (folder: string, shell: Readonly<Record<string, string>>) => {
  const context = {
    ...cdkJson.context,
    '@aws-cdk/core:validateAgainstDefaultRules': false,
    'aws:cdk:bundling-stacks': [],
  };
  const { stderr } = await promisify(execFile)(process.execPath, ['test/infra/connect-app.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context), ...shell },
  });
  return { template: readFileSync(join(folder, 'Aftercall-prod.template.json'), 'utf8'), said: stderr };
};

const folder = mkdtempSync(join(tmpdir(), 'aftercall-settings-'));
let first: Awaited<ReturnType<typeof synthesised>>;
let second: typeof first;
beforeAll(async () => {
  first = await synthesised(join(folder, 'first'), settings);
  second = await synthesised(join(folder, 'second'), {});
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('a deploy from a shell without the settings of the one before changes nothing', () => {
  expect(names).toContain('CONNECT_INSTANCE_ARN');
  expect(second.template).toContain('acme-calls');
  expect(second.template).toBe(first.template);
});

test('each setting of the shell that a deployed stage does not read is named, and no value is', () => {
  for (const name of names) expect(first.said).toContain(`! ${name} is set in this shell`);
  expect(first.said).toContain("in place of setting('CONNECT_INSTANCE_ARN')");
  expect(first.said).not.toContain('123456789012');
  expect(second.said).not.toContain('is set in this shell');
});
