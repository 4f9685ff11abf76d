import type { Bridge } from '../../functions/config.ts';
import { objectsOf } from '../../functions/core/model/bucket.ts';
import { type Connection, connectionsOf } from '../../functions/core/source/connections.ts';
import { API_KEY, MIN_KEY_CHARACTERS } from '../../functions/core/source/secret-values.ts';
import { LOCAL_STAGE, sourceBucketsOf } from '../../functions/deployment.ts';
import type { Context } from '../base/context.ts';
import { howToSet, OURS, pageOf } from '../base/needed-secrets.ts';
import { type Check, type DoctorInput, stageOption } from './check.ts';

/** Which sources are on, and which secrets are absent or wrong. */
export const checkSecrets = async ({ context, target, bridge, running }: DoctorInput): Promise<Check[]> => {
  if (!bridge || target?.kind === 'address') return [];
  const named = new Set(bridge.routes.map(({ when }) => when.source));
  const here = await connectionsOf(bridge, context.secrets);
  const connections = running?.sources ?? here;
  const checks = [
    ...connections.map((each) => checkSource(context, each, named.has(each.name))),
    ...Object.entries(bridge.sources)
      .filter(([, { classifyObject }]) => classifyObject)
      .map(([name, { kind }]) => checkBuckets(bridge, context.stage, { name, kind, isRouted: named.has(name) })),
  ];
  if (!checks.some(({ state }) => state === 'ok' || state === 'fault')) checks.push(noneIsOn(context.stage));
  return [...checks, ...differences(connections, here), ...(await checkOurs({ context, running }))];
};

/** Compares the running bridge with this shell, whose secrets the next `npm start` would use. */
const differences = (running: readonly Connection[], here: readonly Connection[]): Check[] =>
  here.flatMap(({ name, on, missing }): Check[] => {
    const there = running.find((each) => each.name === name);
    if (there && there.on === on) return [];
    const check = { area: 'settings' as const, what: name };
    if (!there) return [{ ...check, state: 'warning', says: 'is new in bridge.config.ts', fix: RESTART }];
    if (!on) return [{ ...check, state: 'note', says: `is on at the bridge; this shell has no ${missing.join(', ')}` }];
    const says = 'is off at the bridge, which was started without the secrets of this shell';
    return [{ ...check, state: 'warning', says, fix: RESTART }];
  });
const RESTART = 'stop npm start and run it again';

const noneIsOn = (stage: string | undefined): Check => ({
  area: 'secrets',
  what: 'sources',
  state: 'fault',
  says: 'none is on: only memos that you send by hand can arrive',
  fix: `set the secret of a source, such as ${howToSet('TWILIO_AUTH_TOKEN', stage)}`,
});

const checkSource = (
  { stage }: Pick<Context, 'stage'>,
  { name, kind, missing, missingToFetch: toFetch, faults: wrong, secrets }: Connection,
  isRouted: boolean,
): Check => {
  const absent = [...new Set([...missing, ...toFetch])];
  const check = { area: 'secrets' as const, what: name };
  if (wrong.length > 0) return { ...check, ...whatIsWrong(wrong, missing, toFetch, stage) };
  if (absent.length === 0) return { ...check, state: 'ok', says: 'is on' };
  const fault = (says: string): Check => ({
    ...check,
    state: 'fault',
    says: `${says}: ${absent.join(', ')} is absent`,
    fix: absent.map((each) => howToSet(each, stage)).join('; '),
  });
  if (missing.length === 0) return fault('is on, but cannot fetch recordings');
  if (isRouted) return fault('is off, though a route names it');
  if (absent.length < secrets.length) return fault('is off, and has only some of its secrets');
  return { ...check, state: 'note', says: `is off (${missing.join(', ')}; ${pageOf(kind)})` };
};

/** A source without a hook is on where an entry of `buckets` names it. */
const checkBuckets = (
  bridge: Bridge,
  stage: string | undefined,
  { name, kind, isRouted }: { name: string; kind: string; isRouted: boolean },
): Check => {
  const check = { area: 'secrets' as const, what: name };
  const places = sourceBucketsOf(bridge, stage ?? LOCAL_STAGE, name).map(objectsOf);
  if (places.length > 0) return { ...check, state: 'ok', says: `is on: new objects below ${places.join(' and ')}` };
  const fix = `name it in an entry of buckets in bridge.config.ts: ${pageOf(kind)}`;
  if (isRouted) return { ...check, state: 'fault', says: 'is off, though a route names it: it has no bucket', fix };
  return { ...check, state: 'note', says: `is off (no entry of buckets names it; ${pageOf(kind)})` };
};

/** The source accepts webhooks, and their recordings wait. */
export const CANNOT_FETCH = 'is wrong: the source takes webhooks, but the bridge cannot fetch their recordings';

/** For a value that cannot be the secret. The source is off where the secret has no other value. */
const whatIsWrong = (
  wrong: readonly string[],
  missing: readonly string[],
  toFetch: readonly string[],
  stage: string | undefined,
) => {
  const names = [...new Set(wrong.map((fault) => fault.split(' ', 1)[0] ?? ''))];
  const isFetching = names.some((name) => toFetch.includes(name));
  const state = missing.length > 0 ? 'is off, and wrong' : isFetching ? CANNOT_FETCH : 'is on, but';
  const says = `${state}: ${wrong.join('; ')}`;
  return { state: 'fault' as const, says, fix: names.map((name) => howToSet(name, stage)).join('; ') };
};

type OursInput = Pick<DoctorInput, 'context' | 'running'>;

const checkOurs = async ({ context: { secrets, stage }, running }: OursInput): Promise<Check[]> => {
  const there = async (name: string) => (await secrets.read({ name })).length > 0;
  const checks: Check[] = [];
  for (const { ref } of OURS) {
    const [fault, ...others] = await secrets.faults(ref);
    if (fault === undefined) continue;
    const says = [fault.replace(`${ref.name} `, ''), ...others].join('; ');
    checks.push({ area: 'secrets', what: ref.name, state: 'fault', says, fix: howToSet(ref.name, stage) });
  }
  const short = (await secrets.read(API_KEY)).some((key) => key.length < MIN_KEY_CHARACTERS);
  if (stage !== undefined && short)
    checks.push({
      area: 'secrets',
      what: API_KEY.name,
      state: 'warning',
      says: `is shorter than ${MIN_KEY_CHARACTERS} characters, so anybody on the Internet may guess it`,
      fix: `openssl rand -base64 24, then ${howToSet(API_KEY.name, stage)}`,
    });
  const linq = await there('LINQ_API_V3_API_KEY');
  const isWrong = checks.some(({ what }) => what === API_KEY.name);
  if (stage !== undefined && !isWrong && !(await there('AFTERCALL_API_KEY')))
    checks.push({
      area: 'secrets',
      what: 'AFTERCALL_API_KEY',
      state: 'fault',
      says: 'is absent: the API and the page are closed to everybody',
      fix: howToSet('AFTERCALL_API_KEY', stage),
    });
  if (linq && running?.memos_go_to !== 'sandbox' && !(await there('LINQ_WEBHOOK_SECRET')))
    checks.push({
      area: 'secrets',
      what: 'LINQ_WEBHOOK_SECRET',
      state: 'warning',
      says: 'is absent: the bridge gets no receipts and no STOP from Linq',
      fix: `npx aftercall linq subscribe${stageOption(stage)}`,
    });
  return checks;
};
