import type { SSMClient } from '@aws-sdk/client-ssm';
import { systemClock } from '../../functions/adapters/clock.ts';
import type { SecretStore } from '../../functions/core/ports/ports.ts';
import { secretsPrefix } from '../../infra/secrets.ts';
import { Failure, sentenceOf } from './failure.ts';

/** A stage's parameters. The SDK is loaded at the first use: most commands do not need it. */
export const ssmParameters = (stage: string) => {
  const prefix = secretsPrefix(stage);
  let opened: Promise<{ client: SSMClient; secrets: SecretStore }> | undefined;
  const open = () => {
    opened ??= (async () => {
      const [{ ssmClient }, { ssmSecrets }] = await Promise.all([
        import('../../functions/adapters/aws.ts'),
        import('../../functions/adapters/secrets.ssm.ts'),
      ]);
      const client = ssmClient();
      return { client, secrets: ssmSecrets(client, { prefix, clock: systemClock }) };
    })();
    return opened;
  };
  const secrets: SecretStore = {
    read: async (ref) =>
      (await open()).secrets.read(ref).catch((error) => fail(`${prefix}${ref.name} cannot be read`, error)),
    faults: async (ref) =>
      (await open()).secrets.faults(ref).catch((error) => fail(`${prefix}${ref.name} cannot be read`, error)),
    forget: () => false, // a command ends before a value is stale
  };
  return {
    secrets,
    /** Writes a SecureString, with the key that the functions may decrypt with. */
    async put(name: string, value: string): Promise<void> {
      const { PutParameterCommand } = await import('@aws-sdk/client-ssm');
      const { client } = await open();
      await client
        .send(new PutParameterCommand({ Name: prefix + name, Value: value, Type: 'SecureString', Overwrite: true }))
        .catch((error) => fail(`${prefix}${name} cannot be written`, error));
    },
  };
};

const fail = (what: string, error: unknown): never => {
  const reason =
    Object(error).name === 'AccessDeniedException' ? 'these AWS credentials lack the permission' : sentenceOf(error);
  throw new Failure(
    `${what}: ${reason.replace(/\s+/g, ' ')}. Check AWS_REGION and the credentials (AWS_PROFILE)`,
    'aws',
  );
};
