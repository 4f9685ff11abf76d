import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { MemoJson } from '../../functions/http/response-schemas.ts';
import { json, standardWebhook, until } from '../world.ts';
import type { Context } from './context.ts';
import { type Deployment, type DeploymentOptions, deploy } from './deployment.ts';

export const newSecrets = () => ({
  STANDARD_WEBHOOKS_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
  LINQ_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
  TWILIO_AUTH_TOKEN: randomBytes(16).toString('hex'),
  AFTERCALL_API_KEY: randomBytes(16).toString('hex'),
});
export type TestSecrets = ReturnType<typeof newSecrets>;

/** A deployment, with its secrets in SSM, and what senders and people do with it. */
export interface Bridge extends Deployment {
  secrets: TestSecrets;
  /** A 503 with Retry-After is asked again after that time, as a sender or a person would: five tries in all. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** How many requests were asked again. */
  askedAgain(): number;
  /** With the API key. */
  authorized(path: string, init?: RequestInit): Promise<Response>;
  /** A signed webhook for this recording into a new chat, answered 200. */
  arrives(recordingUrl: string, facts?: object): Promise<{ chat: string; id: string }>;
  memo(id: string): Promise<MemoJson>;
  /** Resolves when the memo is in one of the states; fails with its row, and the functions' last lines. */
  reaches(id: string, states: MemoJson['state'] | MemoJson['state'][], giveUpMs?: number): Promise<MemoJson>;
  /** What Linq took for a chat. */
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
  /** Why environments have ended, and what the functions said last. */
  const reasons = () => [
    ...Object.entries(deployment.functions).flatMap(([name, running]) =>
      running.ended().map((reason) => `${name}: ${reason}`),
    ),
    ...log()
      .slice(-5)
      .map((line) => line.slice(0, 300)),
  ];
  let askedAgain = 0;
  const call = async (path: string, init: RequestInit = {}) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await fetch(url + path, init);
      const afterSeconds = Number(answer.headers.get('retry-after'));
      if (answer.status !== 503 || afterSeconds === 0 || tries === TRIES) return answer;
      askedAgain += 1;
      await setTimeout(afterSeconds * 1000);
    }
  };
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

/** No replay asked for: it stays so. */
const FINAL: readonly MemoJson['state'][] = ['rejected', 'skipped', 'unrouted'];

/** On a machine with other work a service of the embedded cloud may not answer within the functions' two seconds. */
const TRIES = 5;

/** Each look is an event of `api`. */
const LOOK_MS = 200;

const withoutSecrets = ({ secrets: _secrets, ...options }: Omit<Partial<DeploymentOptions>, keyof Context>) => options;
