import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { inject } from 'vitest';
import { ssmSecretsContract } from '../contracts/secrets-ssm.ts';
import { deleteAll, findLeftovers } from './leftovers.ts';
import { parametersOf } from './names.ts';

ssmSecretsContract(async () => {
  const run = inject('awsRun');
  if (!run) throw new Error('there is no run: start with npm run test:aws');
  const client = new SSMClient({ region: run.region });
  return {
    client,
    root: parametersOf(run.id),
    put: (Name, Value) => client.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true })),
    async stop() {
      client.destroy();
      await deleteAll((await findLeftovers(run.region, run.id)).filter(({ kind }) => kind === 'parameter'));
    },
  };
});
