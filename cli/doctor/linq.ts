import * as z from 'zod';
import { canonicalNumber } from '../../functions/core/model/recording.ts';
import { timing } from '../../functions/core/model/timing.ts';
import { Failure, sentenceOf } from '../base/failure.ts';
import { type Ask, type Line, linqAsker, readLines } from '../base/linq.ts';
import { howToSet } from '../base/needed-secrets.ts';
import { type Check, type DoctorInput, stageOption } from './check.ts';

/** The key, the lines, and the chats and lines that routes name. Changes nothing at Linq. */
export const checkLinq = async (input: DoctorInput): Promise<Check[]> => {
  const { context, target, running } = input;
  const { environment } = context.runtime;
  const hasKey = Boolean(environment.LINQ_API_V3_API_KEY);
  if (context.stage === undefined && hasKey && running?.memos_go_to === 'sandbox') {
    const says = 'the bridge was started without the key of this shell: memos go to the sandbox';
    return [{ area: 'linq', what: 'key', state: 'warning', says, fix: 'stop npm start and run it again' }];
  }
  if (context.stage === undefined && !hasKey) {
    const says =
      target?.kind === 'address' || running?.memos_go_to === 'linq'
        ? 'LINQ_API_V3_API_KEY is not set in this shell, so the doctor cannot ask Linq. Faults at Linq that the bridge met stand under memos'
        : 'memos go to the sandbox';
    return [{ area: 'linq', what: 'key', state: 'note', says, fix: howToSet('LINQ_API_V3_API_KEY', undefined) }];
  }
  const ask = linqAsker({ secrets: context.secrets, baseUrl: environment.LINQ_API_V3_BASE_URL, stage: context.stage });
  try {
    const { lines, date } = await readLines(ask);
    return [
      { area: 'linq', what: 'key', state: 'ok', says: 'Linq accepts it' },
      ...checkLines(lines),
      ...checkClock(date),
      ...checkRouteLines(input, lines),
      ...(await checkRouteChats(input, ask)),
    ];
  } catch (error) {
    if (error instanceof Failure && error.code === 'aws') throw error; // a fault of the target, not of the key
    const fix = `${howToSet('LINQ_API_V3_API_KEY', context.stage)} with a token from Linq's dashboard`;
    const away = error instanceof Failure && ['not-now', 'unknown'].includes(error.code ?? '');
    const says = sentenceOf(error);
    return [{ area: 'linq', what: 'key', state: 'fault', says, fix: away ? AWAY : fix }];
  }
};

const AWAY = 'check that this machine reaches Linq, and that LINQ_API_V3_BASE_URL is right or unset';

const checkLines = (lines: readonly Line[]): Check[] => {
  if (lines.length === 0)
    return [
      {
        area: 'linq',
        what: 'lines',
        state: 'fault',
        says: 'the account has none',
        fix: "get a line in Linq's dashboard",
      },
    ];
  return lines.map(({ phone_number, health }): Check => {
    const line = { area: 'linq' as const, what: `line ${phone_number}`, says: health };
    if (health === 'HEALTHY') return { ...line, state: 'ok' };
    if (health === 'CRITICAL')
      return { ...line, state: 'fault', fix: 'send nothing from this line until it has recovered' };
    return { ...line, state: 'warning', fix: 'send less from this line, and only to people who answer' };
  });
};

/** Signatures hold the time: a bridge with a wrong clock refuses good webhooks. */
const checkClock = (date: string | null): Check[] => {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return [];
  const skewMs = Math.abs(Date.now() - theirs);
  const clock = { area: 'machine' as const, what: 'clock' };
  if (skewMs <= timing().clockSkewMs) return [{ ...clock, state: 'ok', says: "agrees with Linq's" }];
  const says = `differs from Linq's by ${Math.round(skewMs / 1000)} s, and signatures are refused beyond 300 s`;
  return [{ ...clock, state: 'fault', says, fix: 'sudo timedatectl set-ntp true' }];
};

const targetsIn = ({ bridge }: DoctorInput) =>
  (bridge?.routes ?? []).flatMap(({ send }, at) => [send].flat().map((target) => ({ at, target })));

const checkRouteLines = (input: DoctorInput, lines: readonly Line[]): Check[] => {
  const ours = new Set(lines.map(({ phone_number }) => phone_number));
  return targetsIn(input).flatMap(({ at, target }): Check[] => {
    if (!('line' in target)) return [];
    const line = canonicalNumber(target.line);
    const route = { area: 'routes' as const, what: `routes.${at}: line ${line}` };
    if (ours.has(line)) return [{ ...route, state: 'ok', says: 'belongs to this account' }];
    return [
      {
        ...route,
        state: 'fault',
        says: 'does not belong to this account',
        fix: `put one of 'npx aftercall linq lines' into routes.${at}.send`,
      },
    ];
  });
};

const chatSchema = z.object({ health_status: z.object({ status: z.string() }).nullish() });

const checkRouteChats = async (input: DoctorInput, ask: Ask): Promise<Check[]> => {
  const { stage } = input.context;
  const checks: Check[] = [];
  for (const { at, target } of targetsIn(input)) {
    if (!('chat' in target)) continue;
    const route = { area: 'routes' as const, what: `routes.${at}: chat ${target.chat}` };
    try {
      const chat = chatSchema.safeParse(await ask((linq, signal) => linq.chats.retrieve(target.chat, { signal })));
      const health = chat.data?.health_status?.status;
      checks.push({ ...route, state: 'ok', says: `exists${health ? `, ${health}` : ''}` });
    } catch (error) {
      const fix = `npx aftercall chats --phone +1…${stageOption(stage)} finds its id; put it into routes.${at}.send`;
      checks.push({ ...route, state: 'fault', says: sentenceOf(error), fix });
    }
  }
  return checks;
};
