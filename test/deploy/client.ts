import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { MemoJson } from '../../functions/http/response-schemas.ts';
import { json, standardWebhook, until } from '../world.ts';
import type { Context } from './context.ts';
import { type Deployment, type DeploymentOptions, deploy } from './deployment.ts';
import { fetchAgain } from './fetch-again.ts';

export const newSecrets = () => ({
  STANDARD_WEBHOOKS_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
  LINQ_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
  TWILIO_AUTH_TOKEN: randomBytes(16).toString('hex'),
  AFTERCALL_API_KEY: randomBytes(16).toString('hex'),
});
export type TestSecrets = ReturnType<typeof newSecrets>;

/** A deployment with its secrets in SSM, and the requests of senders and people. */
export interface Bridge extends Deployment {
  secrets: TestSecrets;
  /** Repeats a request after a 503 with Retry-After: fetch-again.ts. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** How many requests were repeated. */
  askedAgain(): number;
  /** A `call` with the API key. */
  authorized(path: string, init?: RequestInit): Promise<Response>;
  /** Posts a signed webhook for this recording into a new chat. The bridge must answer 200. */
  arrives(recordingUrl: string, facts?: object): Promise<{ chat: string; id: string }>;
  memo(id: string): Promise<MemoJson>;
  /**
   * Resolves when the memo is in one of the states; otherwise throws an error with its row and the functions' last
   * lines.
   */
  reaches(id: string, states: MemoJson['state'] | MemoJson['state'][], giveUpMs?: number): Promise<MemoJson>;
  /** The memos that Linq accepted for a chat. */
  sentTo(chat: string): Deployment['linq']['sent'];
}

export const startBridge = async (
  context: Context,
  options: Omit<Partial<DeploymentOptions>, keyof Context> = {},
): Promise<Bridge> => {
  const secrets = newSecrets();
  const deployment = await deploy({
    ...context,
    secrets: { ...secrets, ...options.secrets },
    ...withoutSecrets(options),
  });
  const { url, linq, log } = deployment;
  /** Why environments have ended, and the last log lines of the functions. */
  const reasons = () => [
    ...Object.entries(deployment.functions).flatMap(([name, running]) =>
      running.ended().map((reason) => `${name}: ${reason}`),
    ),
    ...log()
      .slice(-5)
      .map((line) => line.slice(0, 300)),
  ];
  let askedAgain = 0;
  const call = (path: string, init: RequestInit = {}) =>
    fetchAgain(url + path, init, () => {
      askedAgain += 1;
    });
  const authorized = (path: string, init: RequestInit = {}) =>
    call(path, { ...init, headers: { authorization: `Bearer ${secrets.AFTERCALL_API_KEY}`, ...init.headers } });
  const memo = async (id: string) => json<MemoJson>(await authorized(`/memos/${id}`));
  return {
    ...deployment,
    secrets,
    call,
    askedAgain: () => askedAgain,
    authorized,
    memo,
    async arrives(recording_url, facts = {}) {
      const chat = randomUUID();
      const data = { id: `rec_${randomUUID()}`, recording_url, ...facts };
      const signed = standardWebhook(secrets.STANDARD_WEBHOOKS_SECRET, data);
      const answer = await call(`/hooks/standard-webhooks?chat=${chat}`, { method: 'POST', ...signed });
      assert.equal(answer.status, 200, [await answer.clone().text(), ...reasons()].join('; '));
      const { memos = [] } = await json<{ memos: string[] }>(answer);
      return { chat, id: String(memos[0]) };
    },
    async reaches(id, states, giveUpMs = 150_000) {
      const wanted = [states].flat();
      let row: MemoJson | undefined;
      const hasEnded = await until(async () => {
        await setTimeout(LOOK_MS);
        row = await memo(id);
        return [...wanted, ...FINAL].includes(row.state);
      }, giveUpMs);
      if (row && hasEnded && wanted.includes(row.state)) return row;
      const last = JSON.stringify(row?.history?.at(-1) ?? row);
      throw new Error([`${id} never was ${wanted.join(' or ')}: ${last}`, ...reasons()].join('; '));
    },
    sentTo: (chat) => linq.sent.filter((sent) => sent.chat === chat),
  };
};

/** A memo stays in these states, because no check replays such a memo. */
const FINAL: readonly MemoJson['state'][] = ['rejected', 'skipped', 'unrouted'];

/** The pause between two reads of a memo: each read is an event of `api`. */
const LOOK_MS = 200;

const withoutSecrets = ({ secrets: _secrets, ...options }: Omit<Partial<DeploymentOptions>, keyof Context>) => options;
