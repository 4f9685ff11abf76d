import { Command } from 'commander';
import { phone } from './base/arguments.ts';
import type { Context, Subcommand } from './base/context.ts';
import { Failure, Misuse } from './base/failure.ts';
import type { Output } from './base/output.ts';
import { checkBridge } from './doctor/bridge.ts';
import { checkBuckets } from './doctor/buckets.ts';
import { needPerson } from './doctor/causes.ts';
import type { Check } from './doctor/check.ts';
import { checkConcurrency } from './doctor/concurrency.ts';
import { checkConfiguration, checkSettings } from './doctor/configuration.ts';
import { checkLinq } from './doctor/linq.ts';
import { checkMachine } from './doctor/machine.ts';
import { askRunning } from './doctor/running-bridge.ts';
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
    .description('check the set-up, and say how to fix each fault')
    .option('--sample <source>', 'show where a recording of this source would go')
    .option('--from <number>', 'the caller of the sample', phone)
    .option('--to <number>', 'the called number of the sample', phone)
    .option('--outbound', 'the sample is an outbound call')
    .action(
      run<Options>(async (context, { sample: source, from, to, outbound }) => {
        const parties = {
          ...(from && { from }),
          ...(to && { to }),
          ...(outbound && { direction: 'outbound' as const }),
        };
        const found = await diagnose(context, { ...(source !== undefined && { source }), parties });
        context.output.result(found);
        if (!found.ok) return 1;
        return found.need_a_person > 0 ? NEED_A_PERSON : 0;
      }),
    );

/** The exit code where nothing is wrong with the set-up, and memos need a person. */
const NEED_A_PERSON = 3;

/** Runs every check and shows the results. */
export const diagnose = async (
  context: Context,
  sample: Sample = { parties: {} },
): Promise<{ ok: boolean; need_a_person: number; checks: Check[] }> => {
  const { checks, people } = await examine(context, sample);
  const faults = checks.filter(({ state }) => state === 'fault').length;
  show(context.output, checks, people);
  return { ok: faults === 0, need_a_person: people, checks };
};

const examine = async (context: Context, sample: Sample): Promise<{ checks: Check[]; people: number }> => {
  context.output.progress('checking …');
  const { bridge, checks: configured } = await checkConfiguration(context);
  if (bridge && sample.source !== undefined && !Object.hasOwn(bridge.sources, sample.source))
    throw new Misuse(`there is no source ${sample.source} in bridge.config.ts`);
  const checks = [...(context.stage === undefined ? checkSettings(context) : []), ...configured];
  const broken = checks.some(({ area, state }) => area === 'settings' && state === 'fault');
  const attempt = async <T>(at: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await at();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const fault = asFault(context, error);
      if (!checks.some(({ what, state }) => what === fault.what && state === 'fault')) checks.push(fault); // each fault once
      return undefined;
    }
  };
  const target = broken ? undefined : await attempt(() => context.target());
  const running = target && (await askRunning(target));
  const input = { context, target, bridge, running };
  for (const at of [checkSecrets, checkLinq, checkBridge, checkSources, checkBuckets, checkConcurrency, checkMachine])
    checks.push(...((await attempt(async () => at(input))) ?? []));
  checks.push(...((await attempt(() => checkSample(input, sample))) ?? []));
  return { checks, people: running ? needPerson(running) : 0 };
};

/** The failure of a check that could not run. */
const asFault = ({ stage }: Context, error: Failure): Check => {
  const fault = { area: 'bridge' as const, state: 'fault' as const, says: error.message };
  if (error.code === 'aws')
    return { ...fault, what: 'AWS', fix: 'aws sso login, then export AWS_PROFILE=… and AWS_REGION=…' };
  return { ...fault, what: `stage ${stage}`, fix: `npm run deploy -- --stage ${stage}` };
};

/** The verdict comes last, where a terminal shows it. */
const show = (output: Output, checks: readonly Check[], people: number): void => {
  showChecks(output, checks);
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length;
  const [faults, warnings] = [count('fault'), count('warning')];
  const wrong = faults === 0 ? 'no fault' : faults === 1 ? 'one fault' : `${faults} faults`;
  const memos = people === 1 ? '1 memo needs a person' : `${people} memos need a person`;
  const looks = warnings === 1 ? 'one warning' : `${warnings} warnings`;
  const rest = people > 0 ? `; ${memos}` : warnings > 0 ? `; ${looks}` : '';
  const verdict = faults + warnings + people === 0 ? 'all is well' : `${wrong}${rest}`;
  output.line();
  output.line(output.paint(faults > 0 ? 'red' : rest ? 'yellow' : 'green', verdict));
};
