import { expect, test } from 'vitest';
import { CAUSES, fixFor } from '../../../../functions/core/observe/causes/cause-of.ts';
import { parseLine } from '../../../cli/parse-line.ts';

const commands = CAUSES.flatMap((cause) =>
  [...fixFor(cause, { id: `m_${'a'.repeat(26)}`, stage: 'prod' }).matchAll(/`(npx aftercall [^`]+)`/g)].map(
    ([, command = '']) => [cause.id, command] as const,
  ),
);

test.each(commands)('%s: %s is a command as it stands there', async (_id, command) => {
  await expect(parseLine(command.replace('NUMBER', '+12025550101').split(' ').slice(2))).resolves.toBeDefined();
});
