import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stackNameOf } from '../../infra/stack-name.ts';
import { Failure } from '../base/failure.ts';
import type { Output } from '../base/output.ts';
import type { Data } from '../destroy/data.ts';
import { findData } from '../destroy/resources.ts';

/** The properties by which CloudFormation imports an existing resource. */
const IDENTIFIERS: Readonly<Record<Data['kind'], string>> = {
  bucket: 'BucketName',
  table: 'TableName',
  queue: 'QueueUrl',
};

/**
 * Stops a deploy beside the data that a destroy has kept: a new table does not know which memos were sent, and a late
 * retry would be sent again.
 * @throws Failure with the command that imports the kept resources
 */
export const checkKept = async (output: Output, stage: string): Promise<void> => {
  const stack = stackNameOf(stage);
  const { deployed, data } = await findData(stack);
  if (deployed || data.length === 0) return;
  const project = fileURLToPath(new URL('../../', import.meta.url));
  const file = fileURLToPath(new URL(`../../node_modules/.cache/aftercall/kept-${stage}.json`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  // The newest first: CloudFormation lists the stack that was deleted last before the others.
  const mapping = Object.fromEntries(
    data.toReversed().map(({ kind, id, logicalId }) => [logicalId, { [IDENTIFIERS[kind]]: id }]),
  );
  writeFileSync(file, `${JSON.stringify(mapping, null, 2)}\n`);
  output.table(data.map(({ kind, id }) => [' ', kind, id]));
  throw new Failure(
    `nothing was deployed: an earlier destroy kept the data of stage ${stage}, and a new table would not know which memos were sent. ` +
      `To use the kept data: npx cdk import ${stack} -c stage=${stage} --resource-mapping ${relative(project, file)}; then run this command again. ` +
      'To begin with an empty table instead, add --anew',
    'kept_data',
  );
};
