import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { esbuildOptions } from '../../infra/lambda.ts';
import type { FunctionName } from '../../infra/secrets.ts';

/** A function as it ships: esbuild with the stack's options. */
export const bundleOf = async (name: FunctionName) => {
  const { banner, mainFields, ...options } = esbuildOptions;
  const { metafile, outputFiles } = await build({
    ...options,
    banner: { js: banner },
    mainFields: [...mainFields],
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: [`functions/${name}.ts`],
    platform: 'node',
    bundle: true,
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const inputs = Object.keys(metafile.inputs);
  const packages = inputs.flatMap((input) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  const shipped = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : [])),
  );
  const folders = shipped.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input) ?? []);
  return {
    code: outputFiles[0]?.contents ?? new Uint8Array(),
    inputs,
    packages: [...new Set(packages)].sort(),
    /** The folders, from the project's root, of the packages whose code is in the bundle. */
    shippedFolders: [...new Set(folders)].sort(),
  };
};
