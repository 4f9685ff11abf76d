import { asBadConfiguration, type Bridge, mistakesIn } from '../../functions/config.ts';
import { AftercallError } from '../../functions/core/model/errors.ts';
import { readSettings } from '../../local/settings.ts';
import type { Context } from '../base/context.ts';
import type { Check } from './check.ts';

/** A correct line for each variable that can be wrong. */
const RIGHT: Readonly<Record<string, string>> = {
  PORT: 'export PORT=8787',
  PUBLIC_URL: 'export PUBLIC_URL=https://calls.example.com',
  AFTERCALL_API_KEY: 'export AFTERCALL_API_KEY=$(openssl rand -hex 24)',
  AFTERCALL_ALLOW_HOSTS: 'export AFTERCALL_ALLOW_HOSTS=media.example.com:8080',
  AFTERCALL_DELIVERY: 'export AFTERCALL_DELIVERY=auto',
  AFTERCALL_TIME_SCALE: 'unset AFTERCALL_TIME_SCALE',
  LINQ_API_V3_BASE_URL: 'unset LINQ_API_V3_BASE_URL',
};

/** The environment of a local bridge, checked with the schema of `npm start`. */
export const checkSettings = ({ runtime }: Context): Check[] =>
  asChecks(
    'settings',
    'the environment',
    () => readSettings(runtime.environment),
    (name) => RIGHT[name] ?? `unset ${name}`,
  );

/** bridge.config.ts, checked with the schema of the functions. */
export const checkConfiguration = async ({ runtime }: Context): Promise<{ bridge?: Bridge; checks: Check[] }> => {
  let bridge: Bridge | undefined;
  let thrown: unknown;
  try {
    bridge = await runtime.loadBridge();
  } catch (error) {
    thrown = asBadConfiguration(error);
  }
  const checks = asChecks(
    'configuration',
    'bridge.config.ts',
    () => {
      if (thrown !== undefined) throw thrown;
    },
    (target) =>
      target.startsWith('bridge.config.ts')
        ? 'npm run check shows where'
        : `fix ${target} in bridge.config.ts${EXAMPLES[target.replace(/\.\d+/g, '')] ?? ''}`,
  );
  return { ...(bridge && { bridge }), checks };
};

const EXAMPLES: Readonly<Record<string, string>> = {
  'routes.send': ", for example send: { chat: '550e8400-e29b-41d4-a716-446655440000' }",
  'routes.send.chat': ", for example chat: '550e8400-e29b-41d4-a716-446655440000'",
  'routes.when.source': ", or add that source under 'sources'",
};

/** One fault for each mistake, or one check that is ok. */
const asChecks = (
  area: Check['area'],
  whole: string,
  read: () => unknown,
  fix: (target: string) => string,
): Check[] => {
  try {
    read();
    return [{ area, what: whole, state: 'ok', says: 'has no mistake' }];
  } catch (error) {
    if (!(error instanceof AftercallError)) throw error;
    return mistakesIn(error).map((mistake) => {
      const [what = '', ...says] = mistake.split(': ');
      return { area, what, state: 'fault', says: says.join(': '), fix: fix(what) };
    });
  }
};
