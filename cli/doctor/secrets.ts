import { faultsOf, missingSecrets } from '../../functions/core/source/missing-secrets.ts';
import { API_KEY, MIN_KEY_CHARACTERS } from '../../functions/core/source/secret-values.ts';
import { howToSet, OURS, pageOf } from '../base/needed-secrets.ts';
import { type Check, type DoctorInput, stageOption } from './check.ts';

/** Which sources are on, and which of their secrets are absent. */
export const checkSecrets = async ({ context, target, bridge }: DoctorInput): Promise<Check[]> => {
  if (!bridge || target?.kind === 'address') return [];
  const { secrets, stage } = context;
  const named = new Set(bridge.routes.map(({ when }) => when.source));
  const checks: Check[] = [];
  for (const [name, { kind, secrets: proof, fetch }] of Object.entries(bridge.sources)) {
    const missing = await missingSecrets(proof, secrets);
    const toFetch = await missingSecrets(fetch.secrets ?? [], secrets);
    const all = new Set([...proof, ...(fetch.secrets ?? [])].map((ref) => ref.name));
    const absent = [...new Set([...missing, ...toFetch])];
    const base = { area: 'secrets' as const, what: name, fix: absent.map((each) => howToSet(each, stage)).join('; ') };
    const wrong = await faultsOf([...proof, ...(fetch.secrets ?? [])], secrets);
    if (wrong.length > 0) checks.push({ ...base, ...whatIsWrong(wrong, missing, toFetch, stage) });
    else if (absent.length === 0) checks.push({ area: 'secrets', what: name, state: 'ok', says: 'is on' });
    else if (missing.length === 0)
      checks.push({
        ...base,
        state: 'fault',
        says: `is on, but cannot fetch recordings: ${absent.join(', ')} is absent`,
      });
    else if (named.has(name))
      checks.push({ ...base, state: 'fault', says: `is off, though a route names it: ${absent.join(', ')} is absent` });
    else if (absent.length < all.size)
      checks.push({
        ...base,
        state: 'fault',
        says: `is off, with half of its secrets: ${absent.join(', ')} is absent`,
      });
    else
      checks.push({
        area: 'secrets',
        what: name,
        state: 'note',
        says: `is off (${missing.join(', ')}; ${pageOf(kind)})`,
      });
  }
  const on = checks.some(({ state }) => state === 'ok');
  const set = howToSet('TWILIO_AUTH_TOKEN', stage);
  const none = 'none is on: nothing can arrive but what is sent by hand';
  if (!on && !checks.some(({ state }) => state === 'fault'))
    checks.push({
      area: 'secrets',
      what: 'sources',
      state: 'fault',
      says: none,
      fix: `set the secret of one, such as ${set}`,
    });
  return [...checks, ...(await checkOurs({ context }))];
};

/** Its webhooks are taken, and their recordings wait. */
export const CANNOT_FETCH = 'is wrong: it takes webhooks, and their recordings cannot be fetched';

/** A value that cannot be the secret: off, where no other value stands there. */
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

const checkOurs = async ({ context: { secrets, stage } }: Pick<DoctorInput, 'context'>): Promise<Check[]> => {
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
      says: `is shorter than ${MIN_KEY_CHARACTERS} characters, and anybody on the Internet may guess at it`,
      fix: `openssl rand -base64 24, then ${howToSet(API_KEY.name, stage)}`,
    });
  const linq = await there('LINQ_API_V3_API_KEY');
  const isWrong = checks.some(({ what }) => what === API_KEY.name);
  if (stage !== undefined && !isWrong && !(await there('AFTERCALL_API_KEY')))
    checks.push({
      area: 'secrets',
      what: 'AFTERCALL_API_KEY',
      state: 'fault',
      says: 'is absent: nobody can ask the API',
      fix: howToSet('AFTERCALL_API_KEY', stage),
    });
  if (linq && !(await there('LINQ_WEBHOOK_SECRET')))
    checks.push({
      area: 'secrets',
      what: 'LINQ_WEBHOOK_SECRET',
      state: 'warning',
      says: 'is absent: what Linq says of delivered, read and STOP is not heard',
      fix: `npx aftercall linq subscribe${stageOption(stage)}`,
    });
  return checks;
};
