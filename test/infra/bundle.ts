import { bundle } from '../../infra/bundle.ts';
import type { FunctionName } from '../../infra/secrets.ts';

/** What a function ships, as the stack bundles it: its files, the sources that they are made of, and the packages among those. */
export const bundleOf = (name: FunctionName) => {
  const { files, metafile } = bundle(name);
  const inputs = Object.keys(metafile.inputs);
  const packages = inputs.flatMap((input) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  return { files, bytes, inputs, packages: [...new Set(packages)].sort() };
};
