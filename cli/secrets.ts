import { Command } from 'commander';
import type { SecretRef } from '../functions/core/ports/source.ts';
import { API_KEY, MIN_KEY_CHARACTERS, secretValues } from '../functions/core/source/secret-values.ts';
import { setInEnvFile } from '../local/env-file.ts';
import { readSecret } from './base/ask.ts';
import type { Context, Run, Subcommand } from './base/context.ts';
import { Failure } from './base/failure.ts';
import { howToSet, neededSecret, neededSecrets } from './base/needed-secrets.ts';
import { ssmParameters } from './base/ssm.ts';

export const secrets: Subcommand = (run) =>
  new Command('secrets')
    .description('list and set secrets: environment variables of the local bridge, SSM SecureStrings of a stage')
    .addCommand(list(run))
    .addCommand(set(run));

const list = (run: Run) =>
  new Command('list').description('show the secrets that the bridge uses, their purposes, and which are set').action(
    run(async (context) => {
      const { output, stage, runtime } = context;
      const needed = await neededSecrets(await runtime.loadBridge(), context.secrets);
      output.result({ secrets: needed });
      output.table(
        needed.map(({ name, for: uses, values, faults }) => [
          faults.length > 0
            ? output.paint('red', '✗')
            : values > 0
              ? output.paint('green', '✓')
              : output.paint('dim', '·'),
          name,
          values > 1 ? `${values} values` : values === 1 ? '' : faults.length > 0 ? 'wrong' : 'absent',
          output.paint('dim', uses.join('; ')),
        ]),
      );
      for (const fault of needed.flatMap(({ faults }) => faults)) output.warn(fault);
      output.line(output.paint('dim', `\nTo set one: ${howToSet('NAME', stage)}`));
      return 0;
    }),
  );

const set = (run: Run) =>
  new Command('set')
    .description('store a secret of a stage: typed without an echo, or from standard input')
    .argument('<name>', 'a name of secrets list')
    .option('--add', 'keep the present value beside the new one, for a rotation')
    .action(
      run<{ add?: true }>(async (context, { add }, name = '') => {
        const ref = neededSecret(await context.runtime.loadBridge(), name);
        if (!ref) throw new Failure(`this bridge does not use ${name}: npx aftercall secrets list shows the names`);
        const values = await newValues(context, ref, add === true);
        return context.stage === undefined
          ? storeHere(context, name, values)
          : store(context, context.stage, name, values);
      }),
    );

/** The new value, before the present ones where they are kept. @throws Failure where it cannot be the secret */
const newValues = async ({ output, runtime, secrets }: Context, ref: SecretRef, add: boolean): Promise<string[]> => {
  const value = await readSecret(runtime, ref.name);
  output.redact(value);
  const old = add ? (await secrets.read(ref)).filter((each) => each !== value) : [];
  const [fault] = secretValues([value, ...old].join(' '), ref).faults;
  if (fault) throw new Failure(`${fault}; nothing was changed`);
  return [value, ...old];
};

/** Into `.env`, which `npm start` and this command read. */
const storeHere = ({ output, runtime }: Context, name: string, values: readonly string[]): number => {
  setInEnvFile(runtime.envFile, name, values.join(' '));
  output.line(
    `${name} is set in ${runtime.envFile}. Stop npm start and run it again; where a shell exports ${name}, that value comes first`,
  );
  output.result({ name, values: values.length });
  return 0;
};

const store = async ({ output }: Context, stage: string, name: string, values: readonly string[]) => {
  const [value = '', ...old] = values;
  if (name === API_KEY.name && value.length < MIN_KEY_CHARACTERS)
    throw new Failure(
      `${name} has ${value.length} characters, and the key of a stage needs ${MIN_KEY_CHARACTERS}, since anybody on the Internet may guess it. Nothing was changed. openssl rand -base64 24 makes a key`,
    );
  await ssmParameters(stage).put(name, values.join(' '));
  output.line(
    `${name} of stage ${stage} is set${values.length > 1 ? `, with ${values.length} values` : ''}. Every function uses it within a minute`,
  );
  if (old.length > 0)
    output.line(`when the other side uses the new value, remove the old one: ${howToSet(name, stage)}`);
  output.result({ name, stage, values: values.length });
  return 0;
};
