import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import type { FunctionName } from './secrets.ts';

/** A function's built asset. */
export interface Bundle {
  /**
   * Every file of the asset by its name: `index.mjs` and what it imports, at once or later; for `store` also
   * `engine-thread.mjs`, for `api` the page's files.
   */
  files: ReadonlyMap<string, Uint8Array>;
  /** The source maps. They are no part of the asset. */
  maps: ReadonlyMap<string, Uint8Array>;
  metafile: Metafile;
}

/**
 * Bundles one function with esbuild: `functions/<name>.ts` becomes `index.mjs`. A worker thread runs a file of its own,
 * so that it loads nothing of the function that starts it.
 * @throws esbuild's BuildFailure, which names the file and the line
 */
export const bundle = (name: FunctionName): Bundle => {
  const built = [
    ...entryPoints(name).map((entry) => buildSync({ ...options, entryPoints: [entry] })),
    ...(name === 'api' ? [copyPageFiles()] : []),
  ];
  const outputFiles = built.flatMap((build) => build.outputFiles);
  const named = (keep: (file: string) => boolean) =>
    new Map(outputFiles.flatMap(({ path, contents }) => (keep(path) ? [[basename(path), contents] as const] : [])));
  return {
    files: named((path) => !path.endsWith('.map')),
    maps: named((path) => path.endsWith('.map')),
    metafile: {
      inputs: Object.assign({}, ...built.map(({ metafile }) => metafile.inputs)),
      outputs: Object.assign({}, ...built.map(({ metafile }) => metafile.outputs)),
    },
  };
};

/** Writes each file under its name into a folder, and makes the folder where needed. */
export const writeFiles = (files: ReadonlyMap<string, Uint8Array>, folder: string): void => {
  mkdirSync(folder, { recursive: true });
  for (const [file, contents] of files) writeFileSync(join(folder, file), contents);
};

/** Each is built alone: a thread that shared files with its function would load more than its own work needs. */
const entryPoints = (name: FunctionName): { in: string; out: string }[] => [
  { in: `functions/${name}.ts`, out: 'index' },
  ...(name === 'store' ? [{ in: 'functions/audio/engine-thread.ts', out: 'engine-thread' }] : []),
];

/** The files that `functions/adapters/page-files.ts` reads. esbuild copies them, so that its metafile names idiomorph. */
const copyPageFiles = () =>
  buildSync({
    absWorkingDir: root,
    outdir: 'bundle',
    entryPoints: [
      { in: 'functions/http/console/page/page.js', out: 'page' },
      { in: 'functions/http/console/page/page.css', out: 'page' },
      { in: 'node_modules/idiomorph/dist/idiomorph.min.js', out: 'idiomorph' },
    ],
    loader: { '.js': 'copy', '.css': 'copy' },
    bundle: true,
    metafile: true,
    write: false,
    logLevel: 'error',
  });

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const options = {
  absWorkingDir: root,
  outdir: 'bundle',
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  format: 'esm',
  target: 'node24',
  bundle: true,
  // What is imported by `import()` becomes files of its own. A cold start neither reads nor compiles them: in `receive`
  // S3's client.
  splitting: true,
  minify: true,
  // Also code that is loaded later makes the SDK's shared files larger, which a cold start reads.
  alias: { '@aws-sdk/credential-provider-node': join(root, 'functions/adapters/credentials.lambda.ts') },
  // esbuild cannot tree-shake the SDK's CommonJS build, which the default fields choose.
  mainFields: ['module', 'main'],
  // CommonJS packages inside the bundle still call require().
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  // A linked map would cost 15 to 30 ms at import.
  sourcemap: 'external',
  metafile: true,
  write: false,
  logLevel: 'error',
} as const satisfies BuildOptions;
