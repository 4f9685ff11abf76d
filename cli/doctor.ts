import { Command } from 'commander';
import { phone } from './base/arguments.ts';
import type { Context, Subcommand } from './base/context.ts';
import { Failure, Misuse } from './base/failure.ts';
import type { Output } from './base/output.ts';
import { checkBridge } from './doctor/bridge.ts';
import type { Check } from './doctor/check.ts';
import { checkConcurrency } from './doctor/concurrency.ts';
import { checkConfiguration, checkSettings } from './doctor/configuration.ts';
import { checkLinq } from './doctor/linq.ts';
import { checkMachine } from './doctor/machine.ts';
import { checkSample, type Sample } from './doctor/sample.ts';
import { checkSecrets } from './doctor/secrets.ts';
import { showChecks } from './doctor/show.ts';
import { checkSources } from './doctor/sources.ts';

interface Options {
  sample?: string;
  from?: string;
  to?: string;
  outbound?: true;
}

export const doctor: Subcommand = (run) =>
  new Command('doctor')
    .description('look whether everything is set up, and say what fixes each fault')
    .option('--sample <source>', 'where a recording of this source would go')
    .option('--from <number>', 'who calls in the sample', phone)
    .option('--to <number>', 'who is called in the sample', phone)
    .option('--outbound', 'the sample is a call that we made')
    .action(
      run<Options>(async (context, { sample: source, from, to, outbound }) => {
        const parties = {
          ...(from && { from }),
          ...(to && { to }),
          ...(outbound && { direction: 'outbound' as const }),
        };
        const found = await diagnose(context, { ...(source !== undefined && { source }), parties });
        context.output.result(found);
        return found.ok ? 0 : 1;
      }),
    );

/** Looks at everything and shows what it found. */
export const diagnose = async (
  context: Context,
  sample: Sample = { parties: {} },
): Promise<{ ok: boolean; checks: Check[] }> => {
  const checks = await examine(context, sample);
  const faults = checks.filter(({ state }) => state === 'fault').length;
  show(context.output, checks, faults);
  return { ok: faults === 0, checks };
};

const examine = async (context: Context, sample: Sample): Promise<Check[]> => {
  context.output.progress('looking …');
  const { bridge, checks: configured } = await checkConfiguration(context);
  if (bridge && sample.source !== undefined && !Object.hasOwn(bridge.sources, sample.source))
    throw new Misuse(`there is no source ${sample.source} in bridge.config.ts`);
  const checks = [...(context.stage === undefined ? checkSettings(context) : []), ...configured];
  const broken = checks.some(({ area, state }) => area === 'settings' && state === 'fault');
  const look = async <T>(at: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await at();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const fault = asFault(context, error);
      if (!checks.some(({ what, state }) => what === fault.what && state === 'fault')) checks.push(fault); // said once
      return undefined;
    }
  };
  const target = broken ? undefined : await look(() => context.target());
  const input = { context, target, bridge };
  for (const at of [checkSecrets, checkLinq, checkBridge, checkSources, checkConcurrency, checkMachine])
    checks.push(...((await look(async () => at(input))) ?? []));
  return [...checks, ...((await look(() => checkSample(input, sample))) ?? [])];
};

/** What keeps a whole look from being taken. */
const asFault = ({ stage }: Context, error: Failure): Check => {
  const fault = { area: 'bridge' as const, state: 'fault' as const, says: error.message };
  if (error.code === 'aws')
    return { ...fault, what: 'AWS', fix: 'aws sso login, then export AWS_PROFILE=… and AWS_REGION=…' };
  return { ...fault, what: `stage ${stage}`, fix: `npm run deploy -- --stage ${stage}` };
};

/** The verdict last: a terminal shows the end. */
const show = (output: Output, checks: readonly Check[], faults: number): void => {
  showChecks(output, checks);
  const verdict = faults === 0 ? 'all is well' : faults === 1 ? 'one fault' : `${faults} faults`;
  output.line();
  output.line(output.paint(faults === 0 ? 'green' : 'red', verdict));
};
