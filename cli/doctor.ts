import { Command } from 'commander';
import { phone } from './base/arguments.ts';
import { Failure, Misuse } from './base/failure.ts';
import type { Kit, Subcommand } from './base/kit.ts';
import type { Screen } from './base/screen.ts';
import { checkBridge } from './doctor/bridge.ts';
import type { Check } from './doctor/check.ts';
import { checkConcurrency } from './doctor/concurrency.ts';
import { checkConfiguration, checkSettings } from './doctor/configuration.ts';
import { checkLinq } from './doctor/linq.ts';
import { checkMachine } from './doctor/machine.ts';
import { checkSample, type Sample } from './doctor/sample.ts';
import { checkSecrets } from './doctor/secrets.ts';
import { checkSources } from './doctor/sources.ts';

interface Options {
  sample?: string;
  from?: string;
  to?: string;
  outbound?: true;
}

export const doctor: Subcommand = (run) =>
  new Command('doctor')
    .description('look whether everything is set up, and say what mends each fault')
    .option('--sample <source>', 'where a recording of this source would go')
    .option('--from <number>', 'who calls in the sample', phone)
    .option('--to <number>', 'who is called in the sample', phone)
    .option('--outbound', 'the sample is a call that we made')
    .action(
      run<Options>(async (kit, { sample: source, from, to, outbound }) => {
        const parties = {
          ...(from && { from }),
          ...(to && { to }),
          ...(outbound && { direction: 'outbound' as const }),
        };
        const checks = await examine(kit, { ...(source !== undefined && { source }), parties });
        const faults = checks.filter(({ state }) => state === 'fault').length;
        kit.screen.result({ ok: faults === 0, checks });
        show(kit.screen, checks, faults);
        return faults > 0 ? 1 : 0;
      }),
    );

const examine = async (kit: Kit, sample: Sample): Promise<Check[]> => {
  kit.screen.progress('looking …');
  const { bridge, checks: configured } = await checkConfiguration(kit);
  if (bridge && sample.source !== undefined && !Object.hasOwn(bridge.sources, sample.source))
    throw new Misuse(`there is no source ${sample.source} in bridge.config.ts`);
  const checks = [...(kit.stage === undefined ? checkSettings(kit) : []), ...configured];
  const broken = checks.some(({ area, state }) => area === 'settings' && state === 'fault');
  const look = async <T>(at: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await at();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const fault = asFault(kit, error);
      if (!checks.some(({ what, state }) => what === fault.what && state === 'fault')) checks.push(fault); // said once
      return undefined;
    }
  };
  const place = broken ? undefined : await look(() => kit.place());
  const patient = { kit, place, bridge };
  for (const at of [checkSecrets, checkLinq, checkBridge, checkSources, checkConcurrency, checkMachine])
    checks.push(...((await look(async () => at(patient))) ?? []));
  return [...checks, ...((await look(() => checkSample(patient, sample))) ?? [])];
};

/** What keeps a whole look from being taken. */
const asFault = ({ stage }: Kit, error: Failure): Check => {
  const fault = { area: 'bridge' as const, state: 'fault' as const, says: error.message };
  if (error.code === 'aws')
    return { ...fault, what: 'AWS', mend: 'aws sso login, then export AWS_PROFILE=… and AWS_REGION=…' };
  return { ...fault, what: `stage ${stage}`, mend: `npm run deploy -- -c stage=${stage}` };
};

const MARKS = { ok: ['green', '✓'], fault: ['red', '✗'], warning: ['yellow', '!'], note: ['dim', '·'] } as const;

const mark = (screen: Screen, state: Check['state']): string => {
  const [colour, sign] = MARKS[state];
  return screen.paint(colour, sign);
};

/** The worst and the verdict last: a terminal shows the end. */
const show = (screen: Screen, checks: readonly Check[], faults: number): void => {
  const of = (...states: Check['state'][]) =>
    states.flatMap((state) => checks.filter((check) => check.state === state));
  const off = of('note').filter(({ area }) => area === 'secrets');
  if (off.length > 0)
    screen.line(
      screen.paint('dim', `·  off: ${off.map(({ what }) => what).join(', ')}; npx aftercall hooks has the pages`),
    );
  screen.table(
    of('note', 'ok')
      .filter((check) => !off.includes(check))
      .map(({ area, what, state, says }) => [
        mark(screen, state),
        area,
        what,
        screen.paint(state === 'note' ? 'dim' : 'green', says),
      ]),
  );
  for (const { area, what, state, says, mend } of of('warning', 'fault')) {
    screen.line(`${mark(screen, state)} ${area}  ${what}: ${says}`);
    if (mend) screen.line(`    mend it: ${mend}`);
  }
  const verdict = faults === 0 ? 'all is well' : faults === 1 ? 'one fault' : `${faults} faults`;
  screen.line();
  screen.line(screen.paint(faults === 0 ? 'green' : 'red', verdict));
};
