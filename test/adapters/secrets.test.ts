import { SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { environmentSecrets } from '../../functions/adapters/secrets.environment.ts';
import { ssmSecrets } from '../../functions/adapters/secrets.ssm.ts';
import { secretsFrom } from '../../functions/adapters/secrets.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { ssmSecretsContract } from '../contracts/secrets-ssm.ts';
import { json, type ScriptedHttp, scriptedHttp } from '../servers/scripted-http.ts';

const KEY = { name: 'LINQ_API_V3_API_KEY' };

describe('secrets of the environment', () => {
  test.each([
    ['one value', 'abc-abc-abc', ['abc-abc-abc']],
    [
      'several during a rotation, in their order',
      'the-newest the-older-one the-oldest',
      ['the-newest', 'the-older-one', 'the-oldest'],
    ],
    ['with stray white space', ' \tabc-abc-abc\n def-def-def ', ['abc-abc-abc', 'def-def-def']],
    ['empty', '', []],
    ['blank', '  ', []],
    ['absent', undefined, []],
  ])('%s', async (_, value, values) => {
    expect(await environmentSecrets({ [KEY.name]: value }).read(KEY)).toEqual(values);
  });

  test('are never kept, so forgetting brings no others', async () => {
    const environment = { [KEY.name]: 'before' };
    const secrets = environmentSecrets(environment);
    await secrets.read(KEY);
    environment[KEY.name] = 'the-one-after';

    expect(secrets.forget()).toBe(false);
    expect(await secrets.read(KEY)).toEqual(['the-one-after']);
  });
});

/** An SSM that answers GetParameters from these stored values. */
const scriptedSsm = (stored: Readonly<Record<string, string>>): Promise<ScriptedHttp> =>
  scriptedHttp((asked, response) => {
    const { Names } = JSON.parse(String(asked.body));
    const [Parameters, InvalidParameters] = [[], []] as [object[], string[]];
    for (const Name of Names) {
      const Value = stored[Name];
      if (Value === undefined) InvalidParameters.push(Name);
      else Parameters.push({ Name, Type: 'SecureString', Value });
    }
    json(200, { Parameters, InvalidParameters })(asked, response);
  });
const clientTo = (endpoint: string) =>
  new SSMClient({ endpoint, region: 'us-east-1', credentials: LOCAL_CREDENTIALS, maxAttempts: 1 });

describe('secrets of a scripted SSM', () =>
  ssmSecretsContract(async () => {
    const stored: Record<string, string> = {};
    const ssm = await scriptedSsm(stored);
    const put = async (name: string, value: string) => Object.assign(stored, { [name]: value });
    return { client: clientTo(ssm.origin), put, stop: () => ssm.stop() };
  }));

describe('secrets of SSM', () => {
  let ssm: ScriptedHttp;
  let stored: Record<string, string>;
  let nowMs: number;
  beforeEach(async () => {
    nowMs = Date.UTC(2026, 10, 23);
    stored = { '/aftercall/prod/LINQ_API_V3_API_KEY': 'the-newest the-older' };
    ssm = await scriptedSsm(stored);
  });
  afterEach(() => ssm.stop());
  const secrets = () => ssmSecrets(clientTo(ssm.origin), { prefix: '/aftercall/prod/', clock: { nowMs: () => nowMs } });

  test('are read decrypted under their prefix, several during a rotation', async () => {
    expect(await secrets().read(KEY)).toEqual(['the-newest', 'the-older']);

    expect(ssm.asked.map(({ headers }) => headers['x-amz-target'])).toEqual(['AmazonSSM.GetParameters']);
    const question = { Names: ['/aftercall/prod/LINQ_API_V3_API_KEY'], WithDecryption: true };
    expect(JSON.parse(String(ssm.asked[0]?.body))).toEqual(question);
  });

  test('that are absent are none', async () => {
    expect(await secrets().read({ name: 'TWILIO_AUTH_TOKEN' })).toEqual([]);
  });

  test('are asked for once a minute, each by itself', async () => {
    const { read } = secrets();

    await Promise.all([read(KEY), read(KEY), read({ name: 'OTHER' })]);
    nowMs += 59_999;
    await read(KEY);

    expect(ssm.asked).toHaveLength(2);
  });

  test('that were rotated are in use after a minute', async () => {
    const { read } = secrets();
    await read(KEY);
    stored['/aftercall/prod/LINQ_API_V3_API_KEY'] = 'was-rotated';

    nowMs += 59_999;
    expect(await read(KEY)).toEqual(['the-newest', 'the-older']);
    nowMs += 1;
    expect(await read(KEY)).toEqual(['was-rotated']);
  });

  describe('of which one was refused', () => {
    const PARAMETER = '/aftercall/prod/LINQ_API_V3_API_KEY';
    /** A value that was read this long ago, and was rotated since. */
    const rotated = async (agoMs: number) => {
      const ssmSecrets = secrets();
      await ssmSecrets.read(KEY);
      stored[PARAMETER] = 'was-rotated';
      nowMs += agoMs;
      return ssmSecrets;
    };

    test.each([5000, 5001, 59_999])('are read anew where they are %i ms old', async (agoMs) => {
      const { read, forget } = await rotated(agoMs);

      expect(forget()).toBe(true);
      expect(await read(KEY)).toEqual(['was-rotated']);
      expect(ssm.asked).toHaveLength(2);
    });

    test.each([0, 1, 4999])('stay where they are %i ms old: no others are to be had', async (agoMs) => {
      const { read, forget } = await rotated(agoMs);

      expect(forget()).toBe(false);
      expect(await read(KEY)).toEqual(['the-newest', 'the-older']);
      expect(ssm.asked).toHaveLength(1);
    });

    test('are read anew each by its own age', async () => {
      const { read, forget } = await rotated(4000);
      await read({ name: 'OTHER' });
      nowMs += 1000;

      expect(forget()).toBe(true);
      await Promise.all([read(KEY), read({ name: 'OTHER' })]);
      expect(ssm.asked.map(({ body }) => JSON.parse(String(body)).Names[0])).toEqual([
        PARAMETER,
        '/aftercall/prod/OTHER',
        PARAMETER,
      ]);
    });

    test('are read anew also where there was none', async () => {
      const { read, forget } = secrets();
      expect(await read({ name: 'TWILIO_AUTH_TOKEN' })).toEqual([]);
      stored['/aftercall/prod/TWILIO_AUTH_TOKEN'] = 'put-there-since';
      nowMs += 5000;

      expect(forget()).toBe(true);
      expect(await read({ name: 'TWILIO_AUTH_TOKEN' })).toEqual(['put-there-since']);
    });

    test('are not there to be forgotten before they were read', () => {
      expect(secrets().forget()).toBe(false);
    });

    test('ask SSM no more than every five seconds, however many refusals there are', async () => {
      const { read, forget } = secrets();
      for (let refusals = 0; refusals < 600; refusals += 1) {
        await read(KEY);
        if (forget()) await read(KEY);
        nowMs += 100;
      }

      expect(ssm.asked).toHaveLength(12); // within a minute
    });

    test('and which cannot be read anew at the moment stay as they were, and are read again in five seconds', async () => {
      const { read, forget } = await rotated(5000);
      const { answer } = ssm;
      ssm.answer = json(400, { __type: 'InternalServerError', message: 'away' });
      forget();
      expect(await read(KEY)).toEqual(['the-newest', 'the-older']);
      const asked = ssm.asked.length;
      expect(await read(KEY)).toEqual(['the-newest', 'the-older']);
      expect(ssm.asked).toHaveLength(asked);

      ssm.answer = answer;
      nowMs += 5000;
      expect(await read(KEY)).toEqual(['was-rotated']);
    });

    test('ask SSM no more than every five seconds while it is away either', async () => {
      const { read, forget } = await rotated(5000);
      ssm.answer = json(400, { __type: 'InternalServerError', message: 'away' });
      const before = ssm.asked.length;
      for (let refusals = 0; refusals < 600; refusals += 1) {
        await read(KEY);
        if (forget()) await read(KEY);
        nowMs += 100;
      }

      expect(ssm.asked.length - before).toBe(12); // within a minute
    });

    test('but not for ever: after a quarter of an hour without SSM nobody believes them', async () => {
      const { read } = await rotated(0);
      ssm.answer = json(400, { __type: 'InternalServerError', message: 'away' });
      nowMs += 15 * 60_000 - 1;
      expect(await read(KEY)).toEqual(['the-newest', 'the-older']);
      nowMs += 5001;
      await expect(read(KEY)).rejects.toThrow();
    });
  });

  test('whose reading failed are read again at once, and whoever asked sees the failure', async () => {
    const { read } = secrets();
    const { answer } = ssm;
    ssm.answer = json(400, { __type: 'AccessDeniedException', message: 'no' });
    const failures = await Promise.allSettled([read(KEY), read(KEY)]);

    ssm.answer = answer;
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await read(KEY)).toEqual(['the-newest', 'the-older']);
  });
});

describe('where secrets come from', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('is the environment where there is no prefix', async () => {
    vi.stubEnv(KEY.name, 'from-the-environment');

    expect(await secretsFrom(undefined).read(KEY)).toEqual(['from-the-environment']);
  });

  test('is SSM where there is one', async () => {
    const ssm = await scriptedHttp(json(200, { Parameters: [{ Name: 'x', Value: 'from-ssm' }] }));
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    vi.stubEnv('AWS_ENDPOINT_URL', ssm.origin);
    vi.stubEnv(KEY.name, 'not this');

    expect(await secretsFrom('/aftercall/dev/').read(KEY)).toEqual(['from-ssm']);
    await ssm.stop();
  });
});
