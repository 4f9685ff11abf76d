import type { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ssmSecrets } from '../../functions/adapters/secrets.ssm.ts';

/** An SSM that can store SecureStrings. */
export interface SsmHome {
  client: SSMClient;
  /** The beginning of each parameter's name. @default /aftercall/ */
  root?: string;
  put(name: string, value: string): Promise<unknown>;
  stop(): Promise<void>;
}

/** What secrets in SSM promise, with any SSM. */
export const ssmSecretsContract = (start: () => Promise<SsmHome>) => {
  let home: SsmHome;
  const root = () => home.root ?? '/aftercall/';
  const prefix = () => `${root()}contract/`;
  let nowMs = Date.UTC(2026, 10, 23);
  beforeAll(async () => {
    home = await start();
  });
  afterAll(() => home.stop());
  const secrets = () => ssmSecrets(home.client, { prefix: prefix(), clock: { nowMs: () => nowMs } });

  test('a SecureString is read decrypted under its prefix, several values during a rotation', async () => {
    await home.put(`${prefix()}A_KEY`, 'the-newest the-older');
    await home.put(`${root()}another/A_KEY`, 'of another stage');

    expect(await secrets().read({ name: 'A_KEY' })).toEqual(['the-newest', 'the-older']);
  });

  test('one that is absent is none, and no error', async () => {
    expect(await secrets().read({ name: 'NOT_THERE' })).toEqual([]);
  });

  test('one that was rotated is in use after a minute', async () => {
    await home.put(`${prefix()}ROTATED`, 'the-one-before');
    const { read } = secrets();
    await read({ name: 'ROTATED' });
    await home.put(`${prefix()}ROTATED`, 'the-one-after');

    expect(await read({ name: 'ROTATED' })).toEqual(['the-one-before']);
    nowMs += 60_000;
    expect(await read({ name: 'ROTATED' })).toEqual(['the-one-after']);
  });
};
