import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Memo } from '../../../functions/core/memo.ts';
import { json, sha256, standardWebhook, until, wav } from '../../world.ts';
import { newChecks } from '../checks.ts';
import type { Context } from '../context.ts';
import { type Deployment, deploy } from '../deployment.ts';
import type { Stage } from '../stage.ts';

/** From a signed webhook to the memo and its receipt, through all five functions, by HTTP alone. */
export const mainJob = (context: Context): Stage => ({
  name: 'main job under the runtime client',
  async run() {
    const { check, result } = newChecks();
    const secrets = {
      STANDARD_WEBHOOKS_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
      LINQ_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('base64')}`,
      AFTERCALL_API_KEY: randomBytes(16).toString('hex'),
    };
    const bridge = await deploy({ ...context, secrets });
    bridge.parameters.put('/aftercall/prod/', { LINQ_API_V3_API_KEY: bridge.linq.key });
    const { call, reaches } = client(bridge, secrets.AFTERCALL_API_KEY);
    const arrives = async (recording: Uint8Array) => {
      const chat = randomUUID();
      const recording_url = bridge.media.serve(recording);
      const signed = standardWebhook(secrets.STANDARD_WEBHOOKS_SECRET, { id: `rec_${randomUUID()}`, recording_url });
      const answer = await call(`/hooks/standard-webhooks?chat=${chat}`, { method: 'POST', ...signed });
      assert.equal(answer.status, 200);
      const { memos = [] } = await json<{ memos: string[] }>(answer);
      return { chat, id: String(memos[0]) };
    };
    try {
      await check('a recording that Linq takes arrives byte for byte', async () => {
        const recording = wav(2);
        const { chat, id } = await arrives(recording);
        await reaches(id, 'sent');
        const [memo, ...more] = bridge.linq.sent.filter((sent) => sent.chat === chat);
        assert.equal(more.length, 0);
        assert.equal(sha256(memo?.bytes ?? Buffer.alloc(0)), sha256(recording));
      });
    } finally {
      await bridge.stop();
    }
    return result();
  },
});

const client = ({ url, log }: Deployment, key: string) => {
  const call = (path: string, init: RequestInit = {}) => fetch(url + path, init);
  const authorized = (path: string, init: RequestInit = {}) =>
    call(path, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });
  const memoOf = async (id: string) => json<Memo>(await authorized(`/memos/${id}`));
  return {
    call,
    authorized,
    memoOf,
    async reaches(id: string, ...states: Memo['state'][]): Promise<Memo> {
      const seen = await until(async () => {
        const row = await memoOf(id);
        return states.includes(row.state) ? row : undefined;
      });
      if (seen) return seen;
      throw new Error(
        `${id} never was ${states.join(' or ')}: ${JSON.stringify(await memoOf(id))}\n${log().slice(-20).join('\n')}`,
      );
    },
  };
};
