import * as z from 'zod';
import { PART_NAMES } from '../../functions/http/health.ts';
import { type BridgeApi, bridgeApi, reach } from '../base/bridge.ts';
import { Failure, sentenceOf } from '../base/failure.ts';
import { howToSet } from '../base/needed-secrets.ts';
import type { Target } from '../base/target.ts';
import { checkCauses } from './causes.ts';
import { type Check, type DoctorInput, stageOption } from './check.ts';
import { checkInHand } from './in-hand.ts';
import type { RunningBridge } from './running-bridge.ts';

/** Whether the bridge answers, here and at its public URL, what is down, and how many messages wait. */
export const checkBridge = async ({ context, target, running }: DoctorInput): Promise<Check[]> => {
  if (!target) return [];
  const { stage } = context;
  const fix =
    target.kind === 'local'
      ? 'npm start'
      : `npm run deploy -- --stage ${target.stage ?? 'prod'}, or name the right URL with --url`;
  const { answers, health } = await checkHealth(target, target.url, 'answers', fix);
  if (!health) return [answers];
  const checks = [answers, ...whatIsDown(health, target), ...whatWaits(health, stage)];
  if (target.publicUrl !== target.url) {
    const tunnel = `point your tunnel to ${target.url}, or correct PUBLIC_URL`;
    checks.push((await checkHealth(target, target.publicUrl, 'leads here', tunnel)).answers);
  }
  // While a part is down the API cannot answer.
  return health.ok ? [...checks, ...(await checkApi(bridgeApi(target), stage, running))] : checks;
};

/** A bridge of an earlier version has fewer fields. */
const healthSchema = z.object({
  ok: z.boolean(),
  up: z.record(z.string(), z.boolean()).default({}),
  queues: z.object({ recordings: z.number(), memos: z.number(), dead_letters: z.number() }).optional(),
});
type Health = z.infer<typeof healthSchema>;

const checkHealth = async (
  target: Target,
  url: string,
  well: string,
  fix: string,
): Promise<{ answers: Check; health?: Health }> => {
  const check = { area: 'bridge' as const, what: url };
  try {
    const answer = await reach({ kind: target.kind, url }, '/health');
    const { data: health } = healthSchema.safeParse(await answer.json().catch(() => undefined));
    if (health) return { answers: { ...check, state: 'ok', says: well }, health };
    const says = `answers ${answer.status}, but is no Aftercall bridge`;
    return { answers: { ...check, state: 'fault', says, fix } };
  } catch {
    return { answers: { ...check, state: 'fault', says: 'does not answer', fix } };
  }
};

const whatIsDown = ({ up }: Health, { kind }: Target): Check[] =>
  Object.entries(up).flatMap(([part, isUp]): Check[] => {
    const check = { area: 'bridge' as const, what: part };
    const service = PART_NAMES[part] ?? part;
    if (isUp) return [{ ...check, state: 'ok', says: `${service} answers` }];
    const fix =
      kind === 'local'
        ? 'stop npm start and run it again'
        : `check ${service} at health.aws.amazon.com, and read the log of api`;
    return [{ ...check, state: 'fault', says: `${service} does not answer the bridge`, fix }];
  });

const whatWaits = ({ queues }: Health, stage: string | undefined): Check[] => {
  if (!queues) return [];
  const { recordings, memos, dead_letters: deadLetters } = queues;
  const says = `hold ${recordings} recordings and ${memos} memos`;
  const check: Check = { area: 'bridge', what: 'queues', state: 'note', says };
  if (deadLetters === 0) return [check];
  const dead = `${deadLetters === 1 ? 'one waits' : `${deadLetters} wait`} for tend, which marks their memos failed or parked`;
  const fix = `npx aftercall memos --state failed${stageOption(stage)} shows them in a moment, each with what to do`;
  return [check, { area: 'bridge', what: 'dead letters', state: 'warning', says: dead, fix }];
};

const checkApi = async (
  api: BridgeApi,
  stage: string | undefined,
  running: RunningBridge | undefined,
): Promise<Check[]> => {
  try {
    const inHand = await checkInHand(api, stage);
    const key: Check = { area: 'bridge', what: 'API key', state: 'ok', says: 'is accepted' };
    return [key, ...inHand, ...(running ? checkCauses(running, stage) : [])];
  } catch (error) {
    const code = error instanceof Failure ? error.code : undefined;
    const isTheKey = code === undefined || code === 'unauthorized'; // no code: the key is absent
    const fix = isTheKey ? howToSet('AFTERCALL_API_KEY', stage) : "read the log of 'api'";
    return [{ area: 'bridge', what: isTheKey ? 'API key' : 'API', state: 'fault', says: sentenceOf(error), fix }];
  }
};
