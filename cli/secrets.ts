import { Command } from 'commander';
import { readSecret } from './base/ask.ts';
import { Failure } from './base/failure.ts';
import type { Kit, Run, Subcommand } from './base/kit.ts';
import { howToSet, neededSecrets } from './base/needed-secrets.ts';
import { ssmParameters } from './base/ssm.ts';

export const secrets: Subcommand = (run) =>
  new Command('secrets')
    .description('the secrets of a bridge: environment variables here, SSM SecureStrings of a stage')
    .addCommand(list(run))
    .addCommand(set(run));

const list = (run: Run) =>
  new Command('list').description('which secrets there are to set, who needs them, and which are there').action(
    run(async (kit) => {
      const { screen, stage, surroundings } = kit;
      const needed = await neededSecrets(await surroundings.loadBridge(), kit.secrets);
      screen.result({ secrets: needed });
      screen.table(
        needed.map(({ name, for: uses, values }) => [
          values > 0 ? screen.paint('green', '✓') : screen.paint('dim', '·'),
          name,
          values > 1 ? `${values} values` : values === 1 ? '' : 'absent',
          screen.paint('dim', uses.join('; ')),
        ]),
      );
      screen.line(screen.paint('dim', `\nTo set one: ${howToSet('NAME', stage)}`));
      return 0;
    }),
  );

const set = (run: Run) =>
  new Command('set')
    .description('store a secret of a stage: typed unseen, or from standard input')
    .argument('<name>', 'as secrets list has it')
    .option('--add', 'keep the value that is there behind the new one, for a rotation')
    .action(
      run<{ add?: true }>(async (kit, { add }, name = '') => {
        const known = (await neededSecrets(await kit.surroundings.loadBridge(), noValues)).map((each) => each.name);
        if (!known.includes(name))
          throw new Failure(`nothing in bridge.config.ts needs ${name}; npx aftercall secrets list has the names`);
        if (kit.stage === undefined)
          throw new Failure(
            `secrets of the local bridge are environment variables: ${howToSet(name, undefined)}, then npm start; --stage writes one to AWS`,
          );
        return store(kit, kit.stage, name, add === true);
      }),
    );

const noValues: Kit['secrets'] = { read: async () => [], forget: () => false };

const store = async ({ screen, surroundings, secrets }: Kit, stage: string, name: string, add: boolean) => {
  const value = await readSecret(surroundings, name);
  screen.hide(value);
  const old = add ? (await secrets.read({ name })).filter((each) => each !== value) : [];
  const values = [value, ...old];
  await ssmParameters(stage).put(name, values.join(' '));
  screen.line(
    `${name} of stage ${stage} is set${values.length > 1 ? `, with ${values.length} values` : ''}; every function uses it within a minute`,
  );
  if (old.length > 0) screen.line(`once the other side uses the new one, drop the old: ${howToSet(name, stage)}`);
  screen.result({ name, stage, values: values.length });
  return 0;
};
