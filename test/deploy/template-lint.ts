import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { IApplyRule, NagPack } from 'cdk-nag';
import bridge from '../../bridge.config.ts';
import { type Bridge, secret } from '../../functions/config.ts';
import { addBridge } from '../../infra/bridge-app.ts';
import { checkPacks } from '../../infra/checks.ts';
import { overLimits } from '../infra/hard-limits.ts';
import { makeApp } from '../infra/synthesised.ts';
import { pythonTool } from '../tools/python-tool.ts';
import withBuckets from './bridge-with-buckets.ts';

/** How many rules judged, and their findings, one line each. */
export interface Judged {
  rules: number;
  findings: string[];
}

/** A rule of cdk-nag that the stack does not follow, with the reason. */
export interface Acknowledgement {
  rule: string;
  reason: string;
}

/**
 * Judges the template by cfn-lint, with its informational and experimental rules, for every region: the template as
 * shipped, a template with buckets of the user, and a template with sixty sources and every setting.
 * @throws Error that names the missing part of this machine, as `pythonTool` does
 */
export const lintTemplate = async (): Promise<Judged> => {
  const cfnLint = await pythonTool('cfn-lint');
  const folder = await mkdtemp(join(tmpdir(), 'aftercall-lint-'));
  try {
    const lint = async (name: string, template: unknown): Promise<string[]> => {
      const file = join(folder, `${name}.template.json`);
      await writeFile(file, JSON.stringify(template, null, 1));
      const found = await output(cfnLint, [...OPTIONS, '--template', file]);
      return (JSON.parse(found) as Finding[]).map(
        ({ Rule, Message, Location }) => `${name}: ${Rule.Id} ${Message} (${Location.Path.join('.')})`,
      );
    };
    const [listed, control, ...found] = await Promise.all([
      output(cfnLint, ['--list-rules']),
      lint('control', BROKEN),
      ...Object.entries(bridges()).map(([name, each]) => lint(name, templateOf(each).toJSON())),
    ]);
    const blind = control.some((line) => line.includes('MemorySize'))
      ? []
      : ['control: a function of 64 MB was not seen'];
    const rules = new Set([...listed.matchAll(/^([EWI]\d{4}): /gm)].map(([, id]) => id));
    for (const id of Object.keys(NOT_OURS)) rules.delete(id);
    return { rules: rules.size, findings: [...blind, ...found.flat()] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Judges the same stacks by cdk-nag, as the synth does. `rules` counts the rules that were applied to a resource. */
export const nagTemplate = (): Judged & { acknowledgements: Acknowledgement[] } => {
  const rules = new Set<string>();
  const reasons = new Map<string, string>();
  const findings = Object.entries(bridges()).flatMap(([name, each]) => {
    const app = makeApp();
    const stack = addBridge(app, each, STAGE);
    for (const [id, reason] of acknowledged(stack.node.findAll().flatMap(({ node }) => node.metadata)))
      reasons.set(id.replace(/<.*?>/g, '<…>'), reason);
    return checkPacks(app).flatMap((pack) =>
      counted(pack, rules)
        .validateScope(stack)
        .violations.map(({ ruleName, description }) => `${name}: ${ruleName} ${description}`),
    );
  });
  const acknowledgements = [...reasons].map(([rule, reason]) => ({ rule, reason }));
  return { rules: rules.size, findings, acknowledgements };
};

/** The limits that make AWS refuse a deploy and that no linter knows: test/infra/hard-limits.ts. */
export const checkLimits = (): string[] =>
  Object.entries(bridges()).flatMap(([name, each]) => overLimits(templateOf(each)).map((line) => `${name}: ${line}`));

const STAGE = 'lint';

const bridges = (): Record<string, Bridge> => ({ shipped: bridge, 'with buckets': withBuckets, large });

const large: Bridge = {
  ...bridge,
  sources: Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => {
      const source = Object.values(bridge.sources)[n % Object.keys(bridge.sources).length];
      if (!source) throw new Error('bridge.config.ts has no source');
      return [`office-${n}-${source.kind}`, { ...source, secrets: [secret(`OFFICE_${n}_SECRET`)] }];
    }),
  ),
  alarms: { email: 'ops@example.com', silentAfterHours: { 'office-0-twilio': 12 } },
  ffmpegLayerArn: 'arn:aws:lambda:eu-central-1:123456789012:layer:aftercall-ffmpeg:3',
  concurrency: { receive: 20, store: 20, send: 20 },
  // As many as the configuration allows, each with a long name and its own key.
  buckets: Array.from({ length: 20 }, (_, n) => ({
    name: `recordings-of-an-office-with-a-very-long-name-in-the-account-${n}`.slice(0, 63),
    prefix: `${n}/`.padStart(200, 'calls/'),
    account: '210987654321',
    kmsKeyArn: `arn:aws:kms:eu-central-1:210987654321:key/1234abcd-12ab-34cd-56ef-${String(n).padStart(12, '0')}`,
    source: 'office-0-s3-drop',
  })),
  stages: {
    [STAGE]: {
      domain: {
        name: 'calls.example.com',
        certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0b5e5f0c-1f3a-4b7e-9a47-d3a1c0f5e8aa',
        hostedZone: { id: 'Z0123456789ABC', name: 'example.com' },
      },
    },
  },
};

const templateOf = (each: Bridge): Template => Template.fromStack(addBridge(makeApp(), each, STAGE));

/** Informational rules that the template does not follow, each with its reason. */
const NOT_OURS = {
  I4010: 'The rule wants a description of the architecture in the metadata; docs/path.md has it.',
  I1022: 'CDK writes Fn::Join where Fn::Sub would do; both mean the same.',
  W3005: 'CDK has each function wait for its role by name too, so that it also waits for the policy of the role.',
} as const;

const OPTIONS = [
  ...['--format', 'json', '--include-experimental', '--include-checks', 'I', '--regions', 'ALL_REGIONS'],
  ...['--ignore-checks', ...Object.keys(NOT_OURS)],
];

/** A template with mistakes, to show that the linter finds any. */
const BROKEN = {
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } },
    },
    Small: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: '' },
        MemorySize: 64,
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      },
    },
  },
};

interface Finding {
  Rule: { Id: string };
  Message: string;
  Location: { Path: (string | number)[] };
}

/** cfn-lint exits with another code than 0 when it has found something. */
const output = async (program: string, args: string[]): Promise<string> => {
  try {
    return (await promisify(execFile)(program, args, { maxBuffer: 100_000_000 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }; // execFile's own
    if (stdout.startsWith('[')) return stdout;
    throw new Error(`cfn-lint failed: ${stderr.trim() || String(error)}`);
  }
};

const acknowledged = (metadata: { type: string; data: unknown }[]): [string, string][] =>
  metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    // A cast: `Validations.acknowledge` writes a reason for each rule's id.
    .flatMap(({ data }) => Object.entries(data as Record<string, string>))
    .map(([id, reason]) => [id.replace(/^annotation::/i, ''), reason]);

/** Records each rule that a pack applies to a resource, to show that the pack judged anything. */
const counted = (pack: NagPack, rules: Set<string>): NagPack => {
  // A cast: the pack calls its own protected method for every rule and resource.
  const own = pack as unknown as { applyRule(params: IApplyRule): void };
  const applyRule = own.applyRule.bind(pack);
  own.applyRule = (params) => {
    rules.add(`${pack.readPackName}-${params.ruleSuffixOverride ?? params.rule.name}`);
    applyRule(params);
  };
  return pack;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const nag = nagTemplate();
  const lint = await lintTemplate();
  const limits = checkLimits();
  const findings = [...nag.findings, ...lint.findings, ...limits];
  for (const finding of findings) console.error(`✗ ${finding}`);
  for (const { rule, reason } of nag.acknowledgements) console.log(`· ${rule}: ${reason}`);
  console.log(
    `cfn-lint: ${lint.rules} rules; cdk-nag: ${nag.rules} rules, ${nag.acknowledgements.length} acknowledged`,
  );
  console.log(findings.length === 0 ? '✓ nothing found' : `${findings.length} found`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
