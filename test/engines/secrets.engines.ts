import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { inject } from 'vitest';
import { LOCAL_CREDENTIALS } from '../../local/cloud/credentials.ts';
import { REGION } from '../../local/cloud/resources.ts';
import { ssmSecretsContract } from '../contracts/secrets-ssm.ts';
import { startMoto } from './moto.ts';

ssmSecretsContract(async () => {
  const moto = await startMoto(inject('motoServer'));
  const client = new SSMClient({ endpoint: moto.url, region: REGION, credentials: LOCAL_CREDENTIALS });
  return {
    client,
    put: (Name, Value) => client.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true })),
    async stop() {
      client.destroy();
      await moto.stop();
    },
  };
});
