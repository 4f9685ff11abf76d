import { bundle } from '../../infra/bundle.ts';
import type { FunctionName } from '../../infra/secrets.ts';

/**
 * The bundle of a function, as the stack makes it: its files, the sources in it, and the packages among those sources.
 */
export const bundleOf = (name: FunctionName) => {
  const { files, metafile } = bundle(name);
  const inputs = Object.keys(metafile.inputs);
  const packages = inputs.flatMap((input) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  return { files, bytes, inputs, metafile, packages: [...new Set(packages)].sort() };
};
